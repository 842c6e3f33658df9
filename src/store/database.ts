// One SQLite file, opened when first needed: durable, patient with other processes, and refused when it is not ours or
// from a newer version. Everything that touches SQLite's own behaviour stands here.
import type { Database as Connection, Statement } from "better-sqlite3";
import { applicationId, migrate, schemaVersion } from "./migrations.ts";
import { prepareFiles, shareJournal } from "./shared-files.ts";
import { StoreError, isBusy, storeErrorOf } from "./store-error.ts";

export interface DatabaseOptions {
  /** Path of SQLite's compiled part; without it, better-sqlite3 looks for its own. */
  readonly nativeBinding?: string;
  /**
   * Does synchronous work with the rights of the one whose files these are; this process's own when left out. Root
   * under sudo opens nothing itself in a folder that its owner can change at any moment.
   */
  readonly asOwner?: <T>(work: () => T) => T;
  /** How long to try while others hold the lock, in milliseconds; then `store-locked`. */
  readonly lockBoundMs?: number;
}

/** Monotonic milliseconds; `performance` would load a module of Node that nothing else here needs. */
const nowMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

const defaultLockBoundMs = 10_000;
/** SQLite's own waiting blocks this process and backs off up to seconds: it gets 25 ms, the rest is waited outside. */
const busyTimeoutMs = 25;

export class Database {
  readonly path: string;
  readonly #options: DatabaseOptions;
  readonly #statements = new Map<string, Statement>();
  #connection: Promise<Connection> | undefined;

  constructor(path: string, options: DatabaseOptions) {
    this.path = path;
    this.#options = options;
  }

  /** Runs a read; `statement` gives a prepared one. The whole of `body` sees one state of the store. */
  async read<T>(body: (statement: Prepare) => T): Promise<T> {
    return this.#transaction("BEGIN", body);
  }

  /** Runs a write: all of it durable when the promise resolves, or nothing of it when it rejects or `body` throws. */
  async write<T>(body: (statement: Prepare) => T): Promise<T> {
    return this.#transaction("BEGIN IMMEDIATE", body);
  }

  /** Closes the file; a process that ends can as well leave it open, which saves the checkpoint. */
  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    this.#statements.clear();
    this.#asOwner(() => connection?.close());
  }

  #asOwner<T>(work: () => T): T {
    return this.#options.asOwner === undefined ? work() : this.#options.asOwner(work);
  }

  async #transaction<T>(begin: "BEGIN" | "BEGIN IMMEDIATE", body: (statement: Prepare) => T): Promise<T> {
    return this.#guarded(async () => {
      this.#connection ??= this.#open();
      const connection = await this.#connection.catch((error: unknown) => {
        this.#connection = undefined;
        throw error;
      });
      const statement: Prepare = (sql) => this.#prepared(connection, sql);
      return this.#patiently(() => {
        statement(begin).run();
        try {
          const value = body(statement);
          statement("COMMIT").run();
          return value;
        } catch (error) {
          if (connection.inTransaction) statement("ROLLBACK").run();
          throw error;
        }
      });
    });
  }

  #prepared(connection: Connection, sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = connection.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  async #open(): Promise<Connection> {
    // Below Node-API 10 the compiled part ends the process without a word.
    if (!(Number(process.versions["napi"]) >= 10)) throw new Error("better-sqlite3 needs Node-API 10");
    this.#asOwner(() => {
      prepareFiles(this.path);
    });
    const { default: Sqlite } = await import("better-sqlite3");
    const { nativeBinding } = this.#options;
    const connection = this.#asOwner(
      () =>
        new Sqlite(this.path, {
          fileMustExist: true,
          timeout: busyTimeoutMs,
          ...(nativeBinding !== undefined && { nativeBinding }),
        }),
    );
    try {
      await this.#patiently(() => {
        connection.exec("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;");
      });
      await this.#upToDate(connection);
      this.#asOwner(() => {
        shareJournal(this.path);
      });
    } catch (error) {
      this.#asOwner(() => connection.close());
      throw error;
    }
    return connection;
  }

  async #upToDate(connection: Connection): Promise<void> {
    const versionNow = (): number => connection.pragma("user_version", { simple: true }) as number;
    const found = await this.#patiently(versionNow);
    if (found === schemaVersion) {
      this.#mustBeOurs(connection);
      return;
    }
    if (found > schemaVersion) {
      throw new StoreError(
        "store-newer-version",
        `The store ${this.path} is of version ${found}; this program knows up to ${schemaVersion}.`,
      );
    }
    if (found > 0) this.#mustBeOurs(connection);
    await this.#patiently(() => {
      connection.exec("PRAGMA journal_mode = WAL;");
    });
    await this.#patiently(() => {
      connection.exec("BEGIN IMMEDIATE");
      try {
        const from = versionNow();
        if (from === 0 && connection.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined) this.#notOurs();
        if (from < schemaVersion) migrate(connection, from);
        connection.exec("COMMIT");
      } catch (error) {
        if (connection.inTransaction) connection.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #mustBeOurs(connection: Connection): void {
    if (connection.pragma("application_id", { simple: true }) !== applicationId) this.#notOurs();
  }

  #notOurs(): never {
    throw new StoreError("store-corrupt", `The file ${this.path} is not a store of jit-nmap.`);
  }

  /** Tries again while others hold the lock, after a pause that no two processes share, up to the bound. */
  async #patiently<T>(attempt: () => T): Promise<T> {
    const until = nowMs() + (this.#options.lockBoundMs ?? defaultLockBoundMs);
    while (true) {
      try {
        return this.#asOwner(attempt);
      } catch (error) {
        if (!isBusy(error) || nowMs() >= until) throw error;
      }
      const pauseMs = 1 + Math.random() * 7;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #guarded<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw storeErrorOf(error, this.path);
    }
  }
}

export type Prepare = (sql: string) => Statement;
