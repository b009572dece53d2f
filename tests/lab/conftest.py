"""The laboratory, one for all tests of this folder: it keeps a deployment that nobody else may empty meanwhile."""

from collections.abc import Iterator

import pytest
from doctor import the_binary

from lab.laboratory import Lab
from stand_ins.certificates import Authority
from stand_ins.control import Control
from stand_ins.data_plane import DataPlane


@pytest.fixture(scope="package")
def lab(
    one_control_plane: Control,
    one_data_plane: DataPlane,
    public_authority: Authority,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    doctor = the_binary(one_control_plane, one_data_plane, tmp_path_factory.mktemp("home"))
    laboratory = Lab(doctor, public_authority)
    yield laboratory
    laboratory.close()
