"""What the command line offers to choose from, told by --help before anything of the commands is loaded."""

from typing import Literal

from storage.states import IN_DOUBT, DeliveryState

DEFAULT_FILE = "veilleur.toml"
STATES = (*(state.value for state in DeliveryState), IN_DOUBT)  # of deliveries
Format = Literal["html", "text", "eml"]  # of a digest that is shown
