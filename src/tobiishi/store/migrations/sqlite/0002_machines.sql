-- Format 2. A revision is all that an execution keeps of its state machine: definition, role and settings. Executions
-- know which version or alias was named, their Map Run and their redrives. Documents hold what changes seldom.

-- Machines refer to revisions: both move aside together, so that no reference is ever broken.
alter table machine rename to machine_1;

alter table revision rename to revision_1;

create table revision (
    id          integer primary key,
    machine_arn text    not null,
    definition  text    not null,
    created_ms  integer not null,
    role_arn    text    not null,
    settings    text    not null,
    tag         text
);

create table machine (
    arn        text    not null primary key,
    name       text    not null,
    type       text    not null,
    created_ms integer not null,
    revision   integer not null references revision (id),
    status     text    not null
) without rowid;

-- Format 1 had one role for all revisions of a machine, and deleted no machine.
insert into revision (id, machine_arn, definition, created_ms, role_arn, settings, tag)
select r.id, r.machine_arn, r.definition, r.created_ms, m.role_arn, '{}', null
from revision_1 r join machine_1 m on m.arn = r.machine_arn;

insert into machine (arn, name, type, created_ms, revision, status)
select arn, name, type, created_ms, revision, 'ACTIVE' from machine_1;

drop table machine_1;

drop table revision_1;

alter table execution add column version_arn text;

alter table execution add column alias_arn text;

alter table execution add column map_run text;

alter table execution add column redrives integer not null default 0;

alter table execution add column redriven_ms integer;

alter table express_start add column version_arn text;

alter table express_start add column alias_arn text;

alter table express_start add column trace_header text;

create index execution_by_version on execution (version_arn, id) where version_arn is not null;

create index execution_by_alias on execution (alias_arn, id) where alias_arn is not null;

create index execution_by_map_run on execution (map_run, id) where map_run is not null;

-- Small, as most executions have ended: what a machine has open, and how many each has.
create index execution_open on execution (machine_arn, id) where status = 'RUNNING';

create table document (
    kind text not null,
    key  text not null,
    body text not null,
    primary key (kind, key)
) without rowid;
