"""Trying outlets live keeps to what their entries say."""

from datetime import timedelta

from crawler.outlets import Outlet
from crawler.probe import ProbeJob
from crawler.probing import settings_for

SLOW = Outlet("lent", "Lent", "lent.example", delay=timedelta(seconds=20))
QUICK = Outlet("vif", "Vif", "vif.example", delay=timedelta(seconds=1))


def test_each_outlet_is_asked_at_its_own_pace_also_for_an_address_by_itself() -> None:
    job = ProbeJob(
        (QUICK,), ("https://www.lent.example/une", "https://inconnu.example/"), "Veilleur", known=(SLOW, QUICK)
    )
    settings = settings_for(job, 60.0)
    pace = {name: slot["delay"] for name, slot in settings.getdict("DOWNLOAD_SLOTS").items()}
    assert pace == {"vif": 1.0, "lent": 20.0, "inconnu.example": settings.getfloat("DOWNLOAD_DELAY")}
