"""The words of runs of AI models and of readings of their energy."""

from __future__ import annotations

from enum import StrEnum


class RunStage(StrEnum):
    """Where in the life of a model a run stands; how other schemes name it is data."""

    DATA = "data"
    PRE_TRAINING = "pre_training"
    TUNING = "tuning"
    EVALUATION = "evaluation"
    INFERENCE = "inference"
    RETIREMENT = "retirement"


class RunOutcome(StrEnum):
    """How a run ended; whatever it was, its energy was used."""

    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    SUPERSEDED = "superseded"


class RunState(StrEnum):
    """Whether machines computed, waited, or were held for someone."""

    ACTIVE = "active"
    IDLE = "idle"
    RESERVED = "reserved"


class RunComponent(StrEnum):
    """Whether a record is of running the machines, or of their manufacture."""

    OPERATIONAL = "operational"
    EMBODIED = "embodied"


class RunControl(StrEnum):
    """Who decides how leased machines are run (Scope 3 Standard, appendix A): the lessee, that is us, or the lessor."""

    OURS = "ours"
    LESSOR = "lessor"


class EnergyLevel(StrEnum):
    """What an energy reading takes in: the chips, the machines, the machines at the wall, or the whole facility.

    Overhead (PUE) lies outside a reading at chip and IT level, and inside one of the facility; a wall socket of a data
    hall has part of it, so none is added there (ISO/IEC 30134-2).
    """

    CHIP = "chip"
    IT = "it"
    WALL = "wall"
    FACILITY = "facility"


class EnergyPart(StrEnum):
    """Whose energy a reading is: of one kind of part, a machine, a facility, or all that its subject used."""

    GPU = "gpu"
    CPU = "cpu"
    RAM = "ram"
    NODE = "node"
    FACILITY = "facility"
    TOTAL = "total"


class ReadingMethod(StrEnum):
    """How a reading came about: counted, summed up from power, or from a rated power or a model of it."""

    COUNTER = "counter"
    INTEGRATED_POWER = "integrated_power"
    TDP = "tdp"
    MODEL = "model"


class QualityDirection(StrEnum):
    """Whether more or less of a quality measure is better."""

    HIGHER = "higher"
    LOWER = "lower"


class HeldAs(StrEnum):
    """Whether a machine is our own, so that its manufacture is ours in full, or another's that we use."""

    BOUGHT = "bought"
    RENTED = "rented"


class CountedBy(StrEnum):
    """What puts the manufacture of a machine into the inventory: its row of the register, or the money spent on it."""

    REGISTER = "register"
    SPEND = "spend"
