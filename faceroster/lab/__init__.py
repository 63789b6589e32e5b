"""The lab: what the face library sees in a picture that staff drop on a page, and how its models did."""
