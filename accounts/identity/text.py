"""Characters that nobody sees, shared by numbers and names."""

import re

# Everything invisible: zero width, direction marks, soft hyphen, variation selectors.
INVISIBLE = (
    "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
)

SPACES = re.compile(rf"[\s{INVISIBLE}]+")
