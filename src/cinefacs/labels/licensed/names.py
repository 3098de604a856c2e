"""The data sets that can be imported; imports nothing, so that the help can name them."""

from enum import StrEnum

__all__ = ["DataSetName", "UnknownOffset"]


class DataSetName(StrEnum):
    """A licensed data set; its name is also the coder of its labels."""

    CASME = "casme"
    CASME2 = "casme2"
    CAS_ME2 = "cas-me2"
    CAS_ME3 = "cas-me3"
    SAMM = "samm"
    SAMM_LV = "samm-lv"
    SMIC = "smic"
    SMIC_VIS = "smic-vis"
    SMIC_NIR = "smic-nir"
    FOUR_DME = "4dme"
    DFME = "dfme"
    MMEW = "mmew"


class UnknownOffset(StrEnum):
    """What becomes of an expression whose offset the coders wrote as 0: not known (CAS(ME)^2)."""

    SKIP = "skip"
    """It is left out, and told."""
    APEX = "apex"
    """It ends at its apex."""
    MIRROR = "mirror"
    """It falls as slowly as it rose: the offset is 2 * apex - onset."""
