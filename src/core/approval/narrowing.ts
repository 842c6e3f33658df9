// What an approver may take away from a request: never anything that adds. Its own file because a ballot carries it and
// a later version of the request is made by it.

/** All of it only shrinks; at least one is there. Times are milliseconds since the Unix epoch, UTC. */
export interface Narrowing {
  readonly ttlSeconds?: number;
  /** Packets a second. */
  readonly maxRate?: number;
  /** Addresses, networks and ranges: what is in the request and in none of these is not scanned. */
  readonly only?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
}
