"""The years of a scenario: what stands at each date of its timeline, run as a sweep, beside what was published."""
