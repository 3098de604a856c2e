"""Which layouts a data set's name stands for."""

from collections.abc import Mapping

from cinefacs.labels.licensed.layout import DataSetLayout
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.sets import (
    cas_me2,
    cas_me3,
    casme,
    casme2,
    dfme,
    four_dme,
    mmew,
    samm,
    samm_long,
    smic,
)

__all__ = ["LAYOUTS"]

LAYOUTS: Mapping[DataSetName, tuple[DataSetLayout, ...]] = {
    DataSetName.CASME: casme.LAYOUTS,
    DataSetName.CASME2: casme2.LAYOUTS,
    DataSetName.CAS_ME2: cas_me2.LAYOUTS,
    DataSetName.CAS_ME3: cas_me3.LAYOUTS,
    DataSetName.SAMM: samm.LAYOUTS,
    DataSetName.SAMM_LV: samm_long.LAYOUTS,
    DataSetName.SMIC: smic.LAYOUTS_HS,
    DataSetName.SMIC_VIS: smic.LAYOUTS_VIS,
    DataSetName.SMIC_NIR: smic.LAYOUTS_NIR,
    DataSetName.FOUR_DME: four_dme.LAYOUTS,
    DataSetName.DFME: dfme.LAYOUTS,
    DataSetName.MMEW: mmew.LAYOUTS,
}
"""Several layouts of one data set are tried in their order."""
