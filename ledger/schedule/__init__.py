"""When and where a job runs: policies, decisions by forecasts issued before them, and what they saved in truth."""
