"""Who is in the inventory, where each stands in a view, and at which share."""
