"""The stand-ins, started once; a fresh deployment of the article for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from doctor import Doctor, the_binary

from stand_ins import article as building
from stand_ins.article import SERVER_NAME, Article
from stand_ins.certificates import Authority, Pem
from stand_ins.control import Control
from stand_ins.data_plane import DataPlane


@pytest.fixture(scope="session")
def public_authority() -> Authority:
    """Plays the public certificate authorities: API Gateway trusts it where ACM says that it issued a certificate."""
    return Authority()


@pytest.fixture(scope="session")
def pem(public_authority: Authority) -> Pem:
    return public_authority.issue(SERVER_NAME)


@pytest.fixture(scope="session")
def one_control_plane() -> Iterator[Control]:
    control = Control()
    yield control
    control.close()


@pytest.fixture(scope="session")
def one_data_plane(one_control_plane: Control, pem: Pem) -> Iterator[DataPlane]:
    plane = DataPlane(one_control_plane, pem)
    yield plane
    plane.close()


@pytest.fixture
def control(one_control_plane: Control) -> Control:
    """The control plane with nothing in it and no rule."""
    one_control_plane.empty()
    return one_control_plane


@pytest.fixture
def data_plane(one_data_plane: DataPlane) -> Iterator[DataPlane]:
    yield one_data_plane
    one_data_plane.close_urls()


@pytest.fixture
def founding(control: Control, pem: Pem) -> Article:
    """The article's deployment as its reader built it: *Secure server name* is blank."""
    return building.build(control, pem)


@pytest.fixture
def healthy(control: Control, pem: Pem) -> Article:
    """The article's deployment with the server name of its certificate."""
    return building.build(control, pem, SERVER_NAME)


@pytest.fixture
def doctor(control: Control, data_plane: DataPlane, tmp_path: Path) -> Doctor:
    """The real binary, with nothing of the tester's own environment."""
    home = tmp_path / "home"
    home.mkdir()
    return the_binary(control, data_plane, home)
