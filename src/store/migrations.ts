// The tables, version by version. A step is never changed once it was released: the next version is the next entry.
import type { Database } from "better-sqlite3";

/** Marks the file as ours: "jnmp". */
export const applicationId = 0x6a_6e_6d_70;

const first = `
  -- The trail. Numbers without gaps, each row following the last: REPLACE would delete a row without asking a trigger.
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    type TEXT NOT NULL,
    request TEXT,
    actor TEXT NOT NULL,
    data TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_request ON events (request, seq) WHERE request IS NOT NULL;
  CREATE TRIGGER events_unchanged BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
  CREATE TRIGGER events_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
  CREATE TRIGGER events_in_order BEFORE INSERT ON events
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

  -- Where the trail ends: without it, a tail that was cut off leaves a chain without a flaw.
  CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE TRIGGER head_forward BEFORE UPDATE ON head WHEN NEW.seq <= OLD.seq
    BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END;
  CREATE TRIGGER head_kept BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END;

  -- document: the whole request as JSON. last_seq: its last event, which tells a waiting process that something moved.
  CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    requester TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    code_hash TEXT,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX requests_by_state ON requests (state, opened_at);
  CREATE INDEX requests_by_requester ON requests (requester, opened_at);
  CREATE TRIGGER requests_kept BEFORE DELETE ON requests BEGIN SELECT RAISE(ABORT, 'requests are kept'); END;

  CREATE TABLE votes (
    number INTEGER PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id),
    version INTEGER NOT NULL,
    voter TEXT NOT NULL,
    answer TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (request, version, voter, answer)
  ) STRICT;
  CREATE TRIGGER votes_unchanged BEFORE UPDATE ON votes BEGIN SELECT RAISE(ABORT, 'votes are append-only'); END;
  CREATE TRIGGER votes_kept BEFORE DELETE ON votes BEGIN SELECT RAISE(ABORT, 'votes are append-only'); END;
  CREATE TRIGGER votes_once BEFORE INSERT ON votes
    WHEN EXISTS (SELECT 1 FROM votes WHERE number = NEW.number
      OR (request = NEW.request AND version = NEW.version AND voter = NEW.voter AND answer = NEW.answer))
    BEGIN SELECT RAISE(ABORT, 'votes are append-only'); END;

  CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id),
    state TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX grants_by_request ON grants (request);
  -- A grant that was used, lapsed or was revoked never comes back.
  CREATE TRIGGER grants_forward BEFORE UPDATE ON grants
    WHEN NEW.id IS NOT OLD.id OR NEW.document IS NOT OLD.document
      OR NOT (OLD.state = 'issued' OR (OLD.state = 'redeemed' AND NEW.state = 'revoked'))
    BEGIN SELECT RAISE(ABORT, 'a grant is used once'); END;

  -- UNIQUE: one run per grant, whatever a program thinks.
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id),
    grant_id TEXT NOT NULL UNIQUE REFERENCES grants (id),
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX sessions_by_request ON sessions (request, started_at);
  CREATE INDEX sessions_open ON sessions (started_at) WHERE ended_at IS NULL;

  CREATE TABLE results (
    session TEXT PRIMARY KEY REFERENCES sessions (id),
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    summary TEXT NOT NULL,
    xml BLOB NOT NULL
  ) STRICT;
`;

const usage = `
  -- What grants took of their rules' limits: one row per grant and rule, written with the grant.
  CREATE TABLE usage (
    grant_id TEXT NOT NULL REFERENCES grants (id),
    rule TEXT NOT NULL,
    request TEXT NOT NULL REFERENCES requests (id),
    requester TEXT NOT NULL,
    at INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    probes INTEGER NOT NULL,
    PRIMARY KEY (grant_id, rule)
  ) STRICT;
  CREATE INDEX usage_by_time ON usage (at);
  CREATE INDEX usage_by_request ON usage (request);
  CREATE TRIGGER usage_unchanged BEFORE UPDATE ON usage BEGIN SELECT RAISE(ABORT, 'usage is append-only'); END;
  CREATE TRIGGER usage_kept BEFORE DELETE ON usage BEGIN SELECT RAISE(ABORT, 'usage is append-only'); END;
`;

const access = `
  -- What lets voters in at the page. Secrets are kept as hashes; who can sign in and who did is in the trail.
  CREATE TABLE sign_in_links (
    hash TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    request TEXT REFERENCES requests (id),
    valid_until INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),
    wrong INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TRIGGER sign_in_links_once BEFORE UPDATE ON sign_in_links
    WHEN NEW.hash IS NOT OLD.hash OR NEW.person IS NOT OLD.person OR NEW.request IS NOT OLD.request
      OR NEW.valid_until IS NOT OLD.valid_until OR NEW.used < OLD.used OR NEW.wrong < OLD.wrong
    BEGIN SELECT RAISE(ABORT, 'a link opens once'); END;
  CREATE TABLE visits (
    hash TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    by TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    valid_until INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER visits_unchanged BEFORE UPDATE ON visits BEGIN SELECT RAISE(ABORT, 'a visit does not change'); END;
  CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    public_key TEXT NOT NULL,
    counter INTEGER NOT NULL,
    transports TEXT NOT NULL,
    added_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX passkeys_by_person ON passkeys (person);
  CREATE TRIGGER passkeys_forward BEFORE UPDATE ON passkeys
    WHEN NEW.id IS NOT OLD.id OR NEW.person IS NOT OLD.person OR NEW.public_key IS NOT OLD.public_key
      OR NEW.counter < OLD.counter
    BEGIN SELECT RAISE(ABORT, 'a passkey does not change'); END;
  -- The newest of all requests, whatever their state: the page and the list of requests show no more than a screenful.
  CREATE INDEX requests_by_time ON requests (opened_at, last_seq);
`;

const outbox = `
  -- Messages on their way. claim, claimed_until: which process is at it, and how long others leave it alone.
  CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id),
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    approver TEXT NOT NULL,
    recipient TEXT,
    text TEXT,
    starts_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    because TEXT,
    look TEXT,
    reached INTEGER NOT NULL DEFAULT 0 CHECK (reached IN (0, 1)),
    claim TEXT,
    claimed_until INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX deliveries_by_request ON deliveries (request, number);
  CREATE INDEX deliveries_open ON deliveries (at) WHERE state IN ('due', 'looking');
  CREATE TRIGGER deliveries_kept BEFORE DELETE ON deliveries BEGIN SELECT RAISE(ABORT, 'deliveries are kept'); END;
`;

const freezes = `
  -- A freeze is read from the trail, in every transaction that starts something.
  CREATE INDEX events_of_freezes ON events (seq) WHERE type IN ('freeze.set', 'freeze.lifted');
`;

const routine = `
  -- Runs under standing approvals: one row per grant.
  CREATE TABLE standing_runs (
    grant_id TEXT PRIMARY KEY REFERENCES grants (id),
    standing TEXT NOT NULL REFERENCES requests (id)
  ) STRICT;
  CREATE INDEX standing_runs_by_standing ON standing_runs (standing);
  CREATE TRIGGER standing_runs_unchanged BEFORE UPDATE ON standing_runs
    BEGIN SELECT RAISE(ABORT, 'runs are append-only'); END;
  CREATE TRIGGER standing_runs_kept BEFORE DELETE ON standing_runs BEGIN SELECT RAISE(ABORT, 'runs are append-only'); END;
  -- Owed reviews are read from the trail.
  CREATE INDEX events_of_broken_glass ON events (seq) WHERE type = 'break-glass.used';
`;

const delegations = `
  -- Who hands their vote on is read from the trail too.
  CREATE INDEX events_of_delegations ON events (seq) WHERE type = 'delegation.set';
`;

const policies = `
  -- Which policy decided last is looked up whenever one decides.
  CREATE INDEX events_of_policies ON events (seq) WHERE type = 'policy.loaded';
`;

const steps: readonly string[] = [first, usage, access, outbox, freezes, routine, delegations, policies];

/** The version that this program writes; kept in the file as `user_version`. */
export const schemaVersion = steps.length;

/** Brings the file from `from` to `schemaVersion`; runs inside the caller's transaction. */
export function migrate(database: Database, from: number): void {
  for (const step of steps.slice(from)) database.exec(step);
  // A pragma takes no parameter; both are numbers of this file.
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};`);
}
