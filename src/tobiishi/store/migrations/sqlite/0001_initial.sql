-- Format 1. Segments are the truth; every other table about executions can be rebuilt from them.
-- Column order is the field order of the records in contract.py. Times are milliseconds since the epoch.

create table meta (
    key   text not null primary key,
    value blob not null
) without rowid;

-- A released lease keeps its row, so that epochs grow for ever.
create table lease (
    shard      text    not null primary key,
    owner      text,
    epoch      integer not null,
    expires_ms integer not null
) without rowid;

create table revision (
    id          integer primary key,
    machine_arn text    not null,
    definition  text    not null,
    created_ms  integer not null,
    digest      blob    not null,
    unique (machine_arn, digest)
);

create table machine (
    arn        text    not null primary key,
    name       text    not null,
    type       text    not null,
    role_arn   text    not null,
    created_ms integer not null,
    revision   integer not null references revision (id)
) without rowid;

-- A rowid table: rows go to the end of the file in the order they come, and only the small index is sorted.
create table segment (
    execution integer not null,
    sequence  integer not null,
    body      blob    not null,
    version   integer not null,
    primary key (execution, sequence)
);

-- The newest checkpoint of each execution, apart from its segment so that segments are never rewritten.
create table checkpoint (
    execution integer primary key,
    sequence  integer not null,
    body      blob    not null
);

create table execution (
    id          integer primary key,
    arn         text    not null unique,
    machine_arn text    not null,
    name        text    not null,
    revision    integer not null,
    root        integer not null,
    started_ms  integer not null,
    status      text    not null,
    stopped_ms  integer
);

create index execution_by_machine on execution (machine_arn, id);

-- Succeeded executions are most of the table and are found soon without an index; the others are what people look for.
create index execution_by_status on execution (status, id) where status <> 'SUCCEEDED';

create index execution_by_root on execution (root, id) where root <> id;

create table timer (
    execution integer not null,
    event     integer not null,
    purpose   text    not null,
    due_ms    integer not null,
    primary key (execution, event, purpose)
) without rowid;

create index timer_by_due on timer (due_ms);

create table outbox (
    execution integer not null,
    event     integer not null,
    kind      text    not null,
    primary key (execution, event, kind)
) without rowid;

create table express_start (
    id          integer primary key,
    arn         text    not null,
    machine_arn text    not null,
    name        text    not null,
    revision    integer not null,
    root        integer not null,
    input       text    not null,
    accepted_ms integer not null,
    tries       integer not null
);
