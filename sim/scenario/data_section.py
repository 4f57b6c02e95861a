"""Sections `traffic.data` and `traffic.messages`: data sessions and short messages."""

from typing import Literal

from pydantic import Field

from sim.scenario.sections import Name, Section, Share


class Size(Section):
    """The law of a flow's size; `mean_bit` is the mean of every law, truncation included."""

    law: Literal["fixed", "exponential", "hyperexponential", "lognormal", "truncated_pareto"] = (
        Field(default="lognormal", description="law of the size")
    )
    mean_bit: float = Field(
        default=800_000.0,
        gt=0.0,
        le=1e12,
        description="mean, truncation included: 100 kB (assumption) [bit]",
    )
    cv: float = Field(
        default=2.0,
        gt=0.0,
        le=20.0,
        description="lognormal: coefficient of variation before truncation; hyperexponential: with balanced means, "
        "more than 1 (assumption) [1]",
    )
    shape: float = Field(
        default=1.2,
        gt=0.5,
        le=20.0,
        description="truncated_pareto: shape (Crovella and Bestavros 1997 found 1.0 to 1.3 for files of the web) [1]",
    )
    max_bit: float = Field(
        default=80_000_000.0,
        gt=0.0,
        le=1e15,
        description="lognormal, truncated_pareto: greatest size: 10 MB (assumption) [bit]",
    )


class Use(Section):
    """What phones do with data: sessions of pages, each page a flow."""

    name: Name = Field(description="name of the use")
    direction: Literal["down", "up"] = Field(
        default="down", description="whether the phone receives or sends"
    )
    devices: tuple[Name, ...] = Field(
        default=(), max_length=16, description="devices that have it; all when empty"
    )
    classes: tuple[Name, ...] = Field(
        default=(), max_length=4, description="classes of subscribers that have it; all when empty"
    )
    sessions_per_line_h: float = Field(
        ge=0.0,
        le=60.0,
        description="sessions of each of their lines in the busy hour [1/h]",
    )
    pages_mean: float = Field(
        default=1.0,
        ge=1.0,
        le=1_000.0,
        description="mean number of pages of a session, geometric (assumption) [1]",
    )
    reading_mean_s: float = Field(
        default=30.0,
        ge=0.0,
        le=3_600.0,
        description="mean time from the end of a page to the next, exponential (assumption) [s]",
    )
    size: Size = Size()


class DataSource(Section):
    """Poisson flows to phones of one cell, from infinitely many users."""

    name: Name = Field(description="name of the source")
    cell: str = Field(
        description="first-ranked cell of the phones, which stand in squares where it is the first, all squares alike"
    )
    direction: Literal["down", "up"] = Field(
        default="down", description="whether the phones receive or send"
    )
    offered_bps: float = Field(
        gt=0.0, le=1e12, description="intensity of flows times mean size [bit/s]"
    )
    hsdpa_category: int = Field(
        default=6,
        ge=0,
        le=12,
        description="HS-DSCH category of the phones (3GPP TS 25.306); 0 without HSDPA",
    )
    peak_rate_bps: float | None = Field(
        default=None,
        gt=0.0,
        le=1e9,
        description="greatest rate of each flow; none when absent [bit/s]",
    )
    weight: float = Field(
        default=1.0, gt=0.0, le=1_000.0, description="weight in the sharing of the cell [1]"
    )
    size: Size = Size()


class Data(Section):
    """Data of subscribers and of Poisson sources."""

    uses: tuple[Use, ...] = Field(default=(), max_length=16, description="what phones do with data")
    sources: tuple[DataSource, ...] = Field(
        default=(), max_length=1_000, description="Poisson sources of flows"
    )

    @property
    def is_wanted(self) -> bool:
        """Return whether anybody asks for data."""
        return bool(self.uses or self.sources)


class Messages(Section):
    """Short messages, stored and forwarded."""

    per_line_h: float = Field(
        default=0.0,
        ge=0.0,
        le=60.0,
        description="messages of a line in the busy hour (facts 3: nothing published but 20 free a month) [1/h]",
    )
    n_signalling_channels: int = Field(
        default=8,
        ge=1,
        le=10_000,
        description="messages that a cell sends or receives at once (assumption)",
    )
    transfer_s: float = Field(
        default=3.0,
        gt=0.0,
        le=60.0,
        description="time for which a message holds signalling capacity: set-up, and 160 characters at 3.4 kbit/s "
        "(3GPP TS 34.108; assumption) [s]",
    )
    submit_retry_s: float = Field(
        default=30.0,
        gt=0.0,
        le=3_600.0,
        description="time after which a phone that got no capacity tries again (assumption) [s]",
    )
    max_submits: int = Field(
        default=3, ge=1, le=20, description="tries of the sender's phone (assumption)"
    )
    retry_s: float = Field(
        default=600.0,
        ge=1.0,
        le=86_400.0,
        description="time between two tries of the message centre to deliver (assumption) [s]",
    )
    validity_h: float = Field(
        default=24.0,
        gt=0.0,
        le=168.0,
        description="time after which a message is thrown away (assumption) [h]",
    )
    phone_state_s: float = Field(
        default=1_800.0,
        ge=1.0,
        le=86_400.0,
        description="time for which a phone stays off or on; off with probability `traffic.voice.p_phone_off` "
        "(assumption) [s]",
    )
    during_calls: bool = Field(
        default=False,
        description="whether phones in a call receive messages (assumption: no)",
    )
    same_network_share: Share = Field(
        default=0.9,
        description="share of messages within the own network; the others go by lines (assumption) [1]",
    )

    @property
    def is_wanted(self) -> bool:
        """Return whether anybody sends messages."""
        return self.per_line_h > 0.0
