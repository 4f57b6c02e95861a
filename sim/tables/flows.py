"""Rows of data flows and of short messages."""

from sim.tables.columns import Column, Table

OVER_HSDPA = 0
"""Bearer of a flow over HSDPA; Release 99 bearers count from 1, those down before those up."""

NO_BEARER = 255
"""Bearer of a flow that got none of Release 99."""

FLOWS = Table(
    "flows",
    "data flow",
    (
        Column("time_s", "float64", "s", "request, from the begin of the measured window"),
        Column("entity", "uint32", "1", "subscriber_id, or number of the source"),
        Column("index", "int64", "1", "address of the session; of a source's flow its own"),
        Column("page", "uint16", "1", "number of the page in the session, from 0"),
        Column("is_source", "uint8", "1", "0 for a subscriber's, 1 for a Poisson source's"),
        Column("network_idx", "uint8", "1", "network"),
        Column("province_idx", "uint8", "1", "province of the phone's square; of a source's cell"),
        Column("class_idx", "uint8", "1", "class of the subscriber, 255 for none"),
        Column("device_idx", "uint8", "1", "device, 255 for none"),
        Column("use_idx", "uint8", "1", "use, 255 for none"),
        Column("is_up", "uint8", "1", "whether the phone sends"),
        Column("cell_idx", "int32", "1", "phone's first-ranked cell, -1 for none"),
        Column("bearer_idx", "uint8", "1", "0 HSDPA, 1 and on bearers down, then up, 255 none"),
        Column("outcome", "uint8", "1", "code of the outcome"),
        Column("end_s", "float64", "s", "end; the request of a flow that was refused"),
        Column("size_bit", "float64", "bit", "what was requested"),
        Column("carried_bit", "float64", "bit", "what of it was carried"),
    ),
)  # fmt: skip
"""Data flows, warm-up included; a row each, in the order in which they ended."""

MESSAGES = Table(
    "messages",
    "short message",
    (
        Column("time_s", "float64", "s", "first try to send, from the begin of the window"),
        Column("entity", "uint32", "1", "subscriber_id of the sender"),
        Column("index", "int64", "1", "address of the message"),
        Column("network_idx", "uint8", "1", "network of the sender"),
        Column("province_idx", "uint8", "1", "province of the sender's square"),
        Column("class_idx", "uint8", "1", "class of the sender"),
        Column("cell_idx", "int32", "1", "sender's first-ranked cell, -1 for none"),
        Column("destination_idx", "uint8", "1", "network of the receiver"),
        Column("receiver_id", "uint32", "1", "subscriber_id of the receiver, 4294967295 for none"),
        Column("receiver_cell_idx", "int32", "1", "receiver's first-ranked cell, -1 for none"),
        Column("outcome", "uint8", "1", "code of the outcome"),
        Column("submitted_s", "float64", "s", "when the message centre had it, NaN if never"),
        Column("end_s", "float64", "s", "delivery, expiry, or the last try to send"),
        Column("n_submits", "uint8", "1", "tries to send"),
        Column("n_tries", "uint16", "1", "tries to deliver"),
    ),
)  # fmt: skip
"""Short messages, warm-up included; a row each, in the order in which they ended."""
