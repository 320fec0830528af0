"""Energy of a training run, as lines in a file that a greenhouse gas ledger takes in.

`with track("bert-ft"):` around the training, or `LedgerOutput("bert-ft")` among the output handlers of a CodeCarbon
tracker of one's own. Nothing here raises into the job, waits long, or needs a network, an account or a token; where
`GHG_TRACK_URL` names a ledger that is served, the lines of a run that ended are posted there too.
"""

from __future__ import annotations

from ghg_track.about import VERSION
from ghg_track.output import LedgerOutput
from ghg_track.run import track

__version__ = VERSION

__all__ = ["LedgerOutput", "__version__", "track"]
