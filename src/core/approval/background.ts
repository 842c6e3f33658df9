// What is known beside a request and helps to decide on it, as it was when the request was opened: kept with it, so that
// everybody who is asked reads the same. Like the explanation it is about the terms and no part of them, so no digest
// has it; the trail does.
import type { NetworkShares } from "../policy/network-shares.ts";
import type { News } from "./news.ts";

export interface Background {
  /** Absent where it can't be said. */
  readonly networks?: NetworkShares;
  /** Absent for what people don't decide on. */
  readonly news?: News;
}
