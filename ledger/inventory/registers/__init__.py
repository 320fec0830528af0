"""What stands beside the inventory and in none of its totals: removals, credits, targets, prices, intensities."""
