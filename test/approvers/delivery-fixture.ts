// A message of the outbox for tests of those who carry it.
import type { Delivery } from "../../src/core/approval/delivery.ts";
import type { RequestId } from "../../src/core/approval/request.ts";

export function deliveryFixture(more: Partial<Delivery> = {}): Delivery {
  return {
    number: 7,
    request: "r7kq2m4x9ab" as RequestId,
    version: 1,
    kind: "question",
    approver: "mail",
    from: Date.UTC(2026, 10, 22, 14),
    until: Date.UTC(2026, 10, 22, 14, 30),
    state: "due",
    at: Date.UTC(2026, 10, 22, 14),
    failures: 0,
    ...more,
  };
}
