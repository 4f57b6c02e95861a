"""What the printed summary says, line by line."""

PERCENT, KILO = 100.0, 1e-3

Lines = tuple[tuple[str, str, str, float], ...]
"""Label, measure, form and factor of each line of a table."""

VOICE: Lines = (
    ("intents", "voice.intents", "{:,.0f}", 1.0),
    ("attempts", "voice.attempts", "{:,.0f}", 1.0),
    ("answered calls", "voice.calls", "{:,.0f}", 1.0),
    ("blocking [%]", "voice.blocking", "{:.3f}", PERCENT),
    ("leg blocking [%]", "voice.leg_blocking", "{:.3f}", PERCENT),
    ("offered [erl]", "voice.offered_erl", "{:,.1f}", 1.0),
    ("carried [erl]", "voice.carried_erl", "{:,.1f}", 1.0),
    ("channels, or power, in use [%]", "cell.utilisation", "{:.1f}", PERCENT),
)
DATA: Lines = (
    ("sessions", "data.sessions", "{:,.0f}", 1.0),
    ("flows", "data.flows", "{:,.0f}", 1.0),
    ("carried [Gbit]", "data.carried_bit", "{:,.2f}", 1e-9),
    ("refused [%]", "data.blocked_share", "{:.3f}", PERCENT),
    ("cut [%]", "data.cut_share", "{:.3f}", PERCENT),
    ("throughput of a flow [kbit/s]", "data.throughput_bps", "{:,.0f}", KILO),
    ("half of them below [kbit/s]", "data.throughput_median_bps", "{:,.0f}", KILO),
    ("5 % of them below [kbit/s]", "data.throughput_p05_bps", "{:,.0f}", KILO),
    ("throughput of a user who waits [kbit/s]", "data.time_throughput_bps", "{:,.0f}", KILO),
)
CELL_THROUGHPUTS = (
    ("a cell carries, mean [kbit/s]", "cell_throughput_bps"),
    ("and over HSDPA while it serves [kbit/s]", "busy_throughput_bps"),
)
MESSAGES: Lines = (
    ("sent", "sms.sent", "{:,.0f}", 1.0),
    ("delivered [%]", "sms.delivered", "{:.2f}", PERCENT),
    ("time to delivery [s]", "sms.delivery_s", "{:,.1f}", 1.0),
    ("95 % of them within [s]", "sms.delivery_p95_s", "{:,.1f}", 1.0),
)
COVERAGE: Lines = (
    ("area covered [%]", "coverage.area_share", "{:.1f}", PERCENT),
    ("people covered [%]", "coverage.population_share", "{:.1f}", PERCENT),
    ("cells within 5 dB of the best", "coverage.overlap", "{:.2f}", 1.0),
    ("radius of a site's area [km]", "coverage.distance_km", "{:.2f}", 1.0),
    ("95 % of them below [km]", "coverage.distance_p95_km", "{:.2f}", 1.0),
)
