// What every approver promises (effects.ts, `Approver`), as one suite: a new approver brings a harness that answers
// through its real channel, and passes it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Approver, Question } from "../../src/effects.ts";
import { requestFixture } from "../cli/request-fixture.ts";
import { policyFixture } from "./policy-fixture.ts";

export interface ApproverHarness {
  readonly approver: Approver;
  /** Resolves when the question has reached people. */
  asked(): Promise<void>;
  /** This voter answers through the channel. */
  answers(voter: string, answer: "approve" | "deny", reason?: string): Promise<void>;
  /** The channel says that nobody will answer. */
  declines(): Promise<void>;
  /** From now on nobody can be asked. */
  breaks(): Promise<void>;
  close(): Promise<void>;
}

export function approverContract(name: string, make: () => Promise<ApproverHarness>): void {
  describe(`the ${name} approver`, () => {
    let harness: ApproverHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => {
      await harness.close();
    });

    const question = (votes: Readonly<Record<string, number>> = { leads: 1 }): Question => ({
      request: requestFixture({
        requires: [{ rule: "lab", votes, via: [name], answerWithinSeconds: 60, startWithinSeconds: 60 }],
      }),
      voters: ["carol", "dave"],
      name,
      policy: policyFixture(),
    });
    const open = new AbortController().signal;

    it("gives a voter's yes with who, why and how sure we are", async () => {
      const answering = harness.approver.ask(question(), open);
      await harness.asked();
      await harness.answers("dave", "approve", "CHG-118 is approved");
      const [answer, ...more] = (await answering).answers;
      expect(more).toEqual([]);
      expect(answer).toMatchObject({ voter: "dave", answer: "approve", reason: "CHG-118 is approved" });
      expect(["asserted", "account", "signed"]).toContain(answer?.strength);
    });

    it("gives a voter's no", async () => {
      const answering = harness.approver.ask(question(), open);
      await harness.asked();
      await harness.answers("carol", "deny", "not today");
      expect((await answering).answers).toMatchObject([{ voter: "carol", answer: "deny", reason: "not today" }]);
    });

    it("gives two people's answers where two are wanted, each once", async () => {
      const answering = harness.approver.ask(question({ leads: 2 }), open);
      await harness.asked();
      await harness.answers("carol", "approve");
      await harness.answers("dave", "approve");
      expect((await answering).answers.map((answer) => answer.voter)).toEqual(["carol", "dave"]);
    });

    it("asks nobody else after a no", async () => {
      const answering = harness.approver.ask(question({ leads: 2 }), open);
      await harness.asked();
      await harness.answers("carol", "deny");
      expect((await answering).answers).toMatchObject([{ voter: "carol", answer: "deny" }]);
    });

    it("gives nothing when nobody answers", async () => {
      const answering = harness.approver.ask(question(), open);
      await harness.asked();
      await harness.declines();
      expect((await answering).answers).toEqual([]);
    });

    it("stops asking and gives nothing when it was answered elsewhere", async () => {
      const elsewhere = new AbortController();
      const answering = harness.approver.ask(question(), elsewhere.signal);
      await harness.asked();
      elsewhere.abort();
      expect((await answering).answers).toEqual([]);
    });

    it("asks nobody when it is over before it began", async () => {
      expect((await harness.approver.ask(question(), AbortSignal.abort())).answers).toEqual([]);
    });

    it("rejects when it can't ask, which is neither yes nor no", async () => {
      await harness.breaks();
      await expect(harness.approver.ask(question(), open)).rejects.toThrow();
    });
  });
}
