"""Files that other programs write of computing and its carbon: known by their headers or keys, read as rows of ours.

A module a family of formats. `forms` lists them, `reading` opens a file; what each is and what is read of it stands in
`docs/ai-files.md`.
"""
