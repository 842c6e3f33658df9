// Runs under a pty for terminal.test.ts: one scenario of the terminal by name, its outcome as JSON into a file, because
// the terminal itself is what is being tested.
import { writeFileSync } from "node:fs";
import { createPromptApprover } from "../../src/approvers/prompt.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { policyFixture } from "../approvers/policy-fixture.ts";
import { requestFixture } from "./request-fixture.ts";

const [, , scenario = "", into = ""] = process.argv;
const terminal = createTerminal({ environment: process.env, now: () => Date.now() });
const over = new AbortController();
const { signal } = over;
const heard: string[] = [];
const listen = (): (() => void) =>
  terminal.onSignal((name) => {
    heard.push(name);
    over.abort();
  });
const request = requestFixture({ reason: "rouge \u001b]0;owned\u0007 \u202etxt" });

async function play(): Promise<unknown> {
  switch (scenario) {
    case "confirm":
      return terminal.confirm(request, signal);
    case "confirm-listening": {
      const stop = listen();
      const answer = await terminal.confirm(request, signal);
      stop();
      return answer;
    }
    case "confirm-after-line": {
      // The line that ends up here was typed before the question: the parent says when.
      await new Promise<void>((resolve) => {
        const alive = setInterval(() => undefined, 1000);
        process.once("SIGUSR2", () => {
          clearInterval(alive);
          resolve();
        });
        writeFileSync(`${into}.started`, "");
      });
      return terminal.confirm(request, signal);
    }
    case "yes-no":
      return terminal.askYesNo("Approve this as carol?", signal);
    case "reason":
      return terminal.askReason({ minLength: 10, pattern: "CHG-[0-9]+" }, "CHG-1 as always");
    case "waiting": {
      const stop = listen();
      const waiting = { request, voters: ["carol", "dave\u001b[2J"], code: "123456", until: Date.now() + 1_800_000 };
      terminal.showWaiting(waiting, signal);
      terminal.say("note", "in between \u001b[31m");
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve);
      });
      stop();
      return undefined;
    }
    case "vote-while-waiting": {
      const stop = listen();
      terminal.showWaiting({ request, voters: ["carol"], code: "123456", until: Date.now() + 1_800_000 }, signal);
      const question = { request, voters: ["carol", "dave"], name: "desk", policy: policyFixture() };
      const { answers } = await createPromptApprover(terminal).ask(question, signal);
      stop();
      over.abort();
      return answers;
    }
    default:
      throw new Error(scenario);
  }
}

void play().then((answer) => {
  writeFileSync(into, JSON.stringify({ answer: answer === undefined ? "nothing" : answer, heard }));
  process.exit(0);
});
