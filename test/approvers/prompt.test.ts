import { existsSync } from "node:fs";
import { createApprovers } from "../../src/approvers/index.ts";
import { createPromptApprover } from "../../src/approvers/prompt.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { runInPty } from "../cli/pty.ts";
import { describe, expect, it } from "vitest";
import { configFixture } from "./config-fixture.ts";
import { approverContract } from "./contract.ts";

const down = "\u001b[B";

approverContract("prompt", async () => {
  // A terminal of its own, held open by a process that neither reads nor writes.
  const pty = runInPty(["/bin/sh", "-c", "tty; exec sleep 3600"]);
  const device = /\/dev\/pts\/\d+/.exec(await pty.shows(/\/dev\/pts\/\d+/))?.[0] ?? "";
  const terminal = createTerminal({ environment: { TERM: "xterm" }, now: () => Date.now(), device });
  let answered = 0;
  return {
    approver: createPromptApprover(terminal),
    asked: async () => {
      await pty.shows(/Who votes\?/);
    },
    async answers(voter, answer, reason = "") {
      // Earlier questions stay on the screen above, without their lists.
      await pty.shows(new RegExp(`(?:Who votes\\?[^]*){${answered + 1}}(?:❯|>) nobody here`));
      pty.type(down);
      let screen = await pty.shows(/(?:❯|>) (?:carol|dave)/);
      if (!new RegExp(`(?:❯|>) ${voter}`).test(screen)) {
        pty.type(down);
        screen = await pty.shows(new RegExp(`(?:❯|>) ${voter}`));
      }
      pty.type("\r");
      await pty.shows(new RegExp(`${voter}, what do you say\\?[^]*(?:❯|>) nothing now`));
      pty.type(down);
      await pty.shows(/(?:❯|>) approve/);
      if (answer === "deny") {
        pty.type(down);
        await pty.shows(/(?:❯|>) deny/);
      }
      pty.type("\r");
      await pty.shows(new RegExp(`${voter}, what do you say\\?[^]*Why\\?`));
      pty.type(`${reason}\r`);
      answered += 1;
    },
    async declines() {
      await pty.shows(/(?:❯|>) nobody here/);
      pty.type("\r");
    },
    async breaks() {
      process.kill(pty.pid);
      pty.hangUp();
      await pty.ended;
      while (existsSync(device)) await new Promise((resolve) => setTimeout(resolve, 1));
    },
    async close() {
      if (existsSync(device)) process.kill(pty.pid);
      await pty.ended;
    },
  };
});

describe("the registry", () => {
  const terminal = createTerminal({ environment: {}, now: () => 0, device: "/nonexistent/tty" });
  const config = configFixture();
  const sign = (): Promise<{ ok: true; value: undefined }> => Promise.resolve({ ok: true, value: undefined });
  const approver = createApprovers({ terminal, config, clock: { now: () => 0 }, sign });

  it("has the prompt, which needs no configuration", async () => {
    expect(await approver({ name: "desk", type: "prompt" })).toMatchObject({ ok: true, value: { type: "prompt" } });
  });

  it("says what is missing for the others, and where it belongs", async () => {
    expect(await approver({ name: "mail", type: "email" })).toMatchObject({
      error: { code: "approver-not-configured", hint: "add smtp: to /etc/config.yaml" },
    });
    expect(await approver({ name: "desk2", type: "webhook", service: "__proto__" })).toMatchObject({
      error: { code: "approver-not-configured" },
    });
  });
});
