"""A pipeline of Kubeflow whose training measures itself: the lines of ghg-track are an artifact of the step.

    python pipeline.py                 compiles it to pipeline.yaml
    python pipeline.py --local         runs it here, in this Python (needs ghg-track[codecarbon])

The image must hold `ghg-track[codecarbon]`. Where the ledger is: `ghg connect spool FOLDER`, with the folder that the
artifact `lines` was downloaded to.
"""

import os
import sys

from kfp import compiler, dsl, local

IMAGE = os.environ.get("TRAIN_IMAGE", "registry.example/train:1")


@dsl.component(base_image=IMAGE)
def train(run: str, steps: int, lines: dsl.Output[dsl.Dataset]) -> float:
    """Fit a line by gradient descent, and give its last squared error."""
    import random

    from ghg_track import track

    with track("line", folder=lines.path, run=run, stage="pre_training", model="line", country="DEU") as tracked:
        weight, error = 0.0, 0.0
        for _ in range(steps):
            x = random.random()
            error = weight * x - 3 * x
            weight -= 0.1 * error * x
        tracked.set(steps_kept=steps)
    return error * error


@dsl.pipeline(name="line")
def pipeline(steps: int = 2_000_000) -> None:
    """One step, whose run is the pipeline's own id; a step out of the cache trains nothing and writes nothing."""
    train(run=dsl.PIPELINE_JOB_ID_PLACEHOLDER, steps=steps)


if __name__ == "__main__":
    if "--local" in sys.argv:
        local.init(runner=local.SubprocessRunner(use_venv=False))
        task = train(run="line-local", steps=2_000_000)
        print("loss", task.outputs["Output"], "lines in", task.outputs["lines"].path)
    else:
        compiler.Compiler().compile(pipeline, "pipeline.yaml")
