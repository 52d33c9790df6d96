-- Named queries of the SQLite store: `-- name: x` begins one. Columns stand in the field order of contract.py.

-- name: make_secret
insert into meta (key, value) values ('secret', ?) on conflict do nothing;

-- name: secret
select value from meta where key = 'secret';

-- name: now_ms
-- unixepoch('subsec') needs SQLite 3.42; julianday is as exact (to 0.05 ms) and always there.
select cast(round((julianday('now') - 2440587.5) * 86400000) as integer);

-- name: lease
select owner, epoch, expires_ms from lease where shard = ?;

-- name: put_lease
insert into lease (shard, owner, epoch, expires_ms) values (?, ?, ?, ?)
on conflict (shard) do update set owner = excluded.owner, epoch = excluded.epoch, expires_ms = excluded.expires_ms;

-- name: epoch
select epoch from lease where shard = ?;

-- name: add_segment
insert into segment (execution, sequence, body, version) values (?, ?, ?, ?);

-- name: put_checkpoint
insert into checkpoint (execution, sequence, body) values (?, ?, ?)
on conflict (execution) do update set sequence = excluded.sequence, body = excluded.body
where excluded.sequence > checkpoint.sequence;

-- name: add_execution
insert into execution (id, arn, machine_arn, name, revision, root, started_ms, status, stopped_ms,
                       version_arn, alias_arn, map_run, redrives, redriven_ms)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (arn) do nothing;

-- name: arn_holder
select id from execution where arn = ?;

-- name: stop_execution
update execution set status = ?, stopped_ms = ? where id = ?;

-- name: redrive_execution
update execution set status = 'RUNNING', stopped_ms = null, redrives = ?, redriven_ms = ? where id = ?;

-- name: set_timer
insert into timer (execution, event, purpose, due_ms) values (?, ?, ?, ?)
on conflict (execution, event, purpose) do update set due_ms = excluded.due_ms;

-- name: clear_timer
delete from timer where execution = ? and event = ? and purpose = ?;

-- name: clear_fired_timer
-- Only as it was read: one that was set anew since then stays.
delete from timer where execution = ? and event = ? and purpose = ? and due_ms = ?;

-- name: clear_timers_of
delete from timer where execution = ?;

-- name: add_outbox
insert into outbox (execution, event, kind) values (?, ?, ?) on conflict do nothing;

-- name: remove_outbox
delete from outbox where execution = ? and event = ? and kind = ?;

-- name: clear_outbox_of
-- A job that may still run is to be stopped, whatever becomes of the execution.
delete from outbox where execution = ? and kind <> 'stop';

-- name: last_sequence
select max(sequence) from segment where execution = ?;

-- name: checkpoint
select sequence, body from checkpoint where execution = ?;

-- name: segments
select execution, sequence, body, null, version from segment
where execution = ? and sequence > ? order by sequence limit ?;

-- name: segments_back
select execution, sequence, body, null, version from segment
where execution = ? and sequence < ? order by sequence desc limit ?;

-- name: last_segment
select s.execution, s.sequence, s.body, c.body, s.version
from segment s left join checkpoint c on c.execution = s.execution and c.sequence = s.sequence
where s.execution = ? order by s.sequence desc limit 1;

-- name: execution
select id, arn, machine_arn, name, revision, root, started_ms, status, stopped_ms,
       version_arn, alias_arn, map_run, redrives, redriven_ms
from execution where arn = ?;

-- name: execution_by_id
select id, arn, machine_arn, name, revision, root, started_ms, status, stopped_ms,
       version_arn, alias_arn, map_run, redrives, redriven_ms
from execution where id = ?;

-- name: executions
select id, arn, machine_arn, name, revision, root, started_ms, status, stopped_ms,
       version_arn, alias_arn, map_run, redrives, redriven_ms
from execution where true;

-- name: open_executions
select machine_arn, count(*) from execution where status = 'RUNNING' group by machine_arn;

-- name: where_machine_arn
and machine_arn = ?;

-- name: where_open
and machine_arn = ? and status = 'RUNNING';

-- name: where_status
-- The second term lets the partial index serve.
and status = ? and status <> 'SUCCEEDED';

-- name: where_succeeded
and status = ?;

-- name: where_name
and name = ?;

-- name: where_root
-- Its own row by id, the others by the partial index.
and ((id = ? and root = id) or (root = ? and root <> id));

-- name: where_version_arn
and version_arn = ?;

-- name: where_alias_arn
and alias_arn = ?;

-- name: where_map_run
and map_run = ?;

-- name: where_redriven
and (redrives > 0) = ?;

-- name: where_ids
and id in (select value from json_each(?));

-- name: where_before
and id < ?;

-- name: newest_first
order by id desc limit ?;

-- name: due_timers
select execution, event, purpose, due_ms from timer
where (due_ms, execution, event, purpose) > (?, ?, ?, ?) and due_ms < ? order by due_ms, execution, event, purpose limit ?;

-- name: timers
select execution, event, purpose, due_ms from timer where execution = ? order by due_ms, event, purpose;

-- name: outbox
select execution, event, kind from outbox
where (execution, event, kind) > (?, ?, ?) order by execution, event, kind limit ?;

-- name: add_revision
insert into revision (machine_arn, definition, created_ms, role_arn, settings, tag) values (?, ?, ?, ?, ?, ?);

-- name: put_machine
insert into machine (arn, name, type, created_ms, revision, status) values (?, ?, ?, ?, ?, 'ACTIVE')
on conflict (arn) do update
set name = excluded.name, type = excluded.type, revision = excluded.revision, status = excluded.status;

-- name: mark_deleting
update machine set status = 'DELETING' where arn = ?;

-- name: delete_machine
delete from machine where arn = ?;

-- name: machine
select m.arn, m.name, m.type, m.created_ms, m.status,
       r.id, r.machine_arn, r.definition, r.created_ms, r.role_arn, r.settings, r.tag
from machine m join revision r on r.id = m.revision where m.arn = ?;

-- name: machines
-- Of all that begins with a prefix, nothing comes after the prefix and the last character that there is.
select m.arn, m.name, m.type, m.created_ms, m.status,
       r.id, r.machine_arn, r.definition, r.created_ms, r.role_arn, r.settings, r.tag
from machine m join revision r on r.id = m.revision
where m.arn >= ? and m.arn < ? || char(0x10ffff) and m.arn > ? order by m.arn limit ?;

-- name: count_machines
select count(*) from machine where arn >= ? and arn < ? || char(0x10ffff);

-- name: revision
select id, machine_arn, definition, created_ms, role_arn, settings, tag from revision where id = ?;

-- name: put_document
insert into document (kind, key, body) values (?, ?, ?) on conflict (kind, key) do update set body = excluded.body;

-- name: delete_document
delete from document where kind = ? and key = ?;

-- name: document
select kind, key, body from document where kind = ? and key = ?;

-- name: documents
select kind, key, body from document
where kind = ? and key >= ? and key < ? || char(0x10ffff) and key > ? order by key limit ?;

-- name: accept_express
insert into express_start (id, arn, machine_arn, name, revision, root, input, accepted_ms, tries,
                           version_arn, alias_arn, trace_header)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: try_express
update express_start set tries = tries + 1 where id = ?;

-- name: finish_express
delete from express_start where id = ?;

-- name: express_starts
select id, arn, machine_arn, name, revision, root, input, accepted_ms, tries, version_arn, alias_arn, trace_header
from express_start order by id;
