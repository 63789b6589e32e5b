"""A statistical face model fitted on LFW, and what draws, dresses, films and checks people who don't
exist."""
