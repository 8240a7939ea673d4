"""What all tests share: an app in process authenticates nobody unless a test says so."""

import os

os.environ["ILIAC_CDS_AUTH"] = "off"
