"""From activities to postings: keys, choices, kg per unit, allocation, reversals; the SQL is in files beside."""
