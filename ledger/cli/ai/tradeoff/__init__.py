"""Before a run: what it would take, where and on what hardware it takes least, and whether that keeps a rule."""
