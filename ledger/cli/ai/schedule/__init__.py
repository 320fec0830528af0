"""When and where a job runs: advice and what came of it, policies on past days, Jobs of a cluster that wait."""
