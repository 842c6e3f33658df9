import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createOutputFiles } from "../../src/session/outputs.ts";
import { privateDirectory } from "./scene.ts";

const bytes = new TextEncoder().encode("result\n");

describe("an output file", () => {
  const outputs = createOutputFiles();

  it("is made with the umask's mode", async () => {
    const path = join(privateDirectory(), "scan.xml");
    await expect(outputs.check(path)).resolves.toBeUndefined();
    expect(existsSync(path)).toBe(false);
    await expect(outputs.write(path, bytes)).resolves.toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe("result\n");
    const other = `${path}.other`;
    writeFileSync(other, "");
    expect(statSync(path).mode).toBe(statSync(other).mode);
  });

  it("that exists is emptied and keeps its place, and a check leaves it alone", async () => {
    const path = join(privateDirectory(), "scan.xml");
    writeFileSync(path, "something longer than the result");
    chmodSync(path, 0o640);
    const before = statSync(path);
    await expect(outputs.check(path)).resolves.toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe("something longer than the result");
    expect(statSync(path).mtimeMs).toBe(before.mtimeMs);
    await outputs.write(path, bytes);
    expect(readFileSync(path, "utf8")).toBe("result\n");
    expect(statSync(path)).toMatchObject({ ino: before.ino, mode: before.mode });
  });

  it("grows by each result when it is appended to", async () => {
    const path = join(privateDirectory(), "scan.txt");
    writeFileSync(path, "before\n");
    await outputs.write(path, bytes, "append");
    await outputs.write(path, bytes, "append");
    expect(readFileSync(path, "utf8")).toBe("before\nresult\nresult\n");
    await expect(outputs.write(`${path}.new`, bytes, "append")).resolves.toBeUndefined();
    expect(readFileSync(`${path}.new`, "utf8")).toBe("result\n");
  });

  const traps: readonly [string, (directory: string, path: string) => void, RegExp][] = [
    [
      "a link",
      (directory, path) => {
        writeFileSync(join(directory, "other"), "precious");
        symlinkSync(join(directory, "other"), path);
      },
      /link/,
    ],
    [
      "a link to nowhere",
      (directory, path) => {
        symlinkSync(join(directory, "nowhere"), path);
      },
      /link/,
    ],
    [
      "a hard link",
      (directory, path) => {
        writeFileSync(join(directory, "other"), "precious");
        linkSync(join(directory, "other"), path);
      },
      /hard link/,
    ],
    [
      "a directory",
      (_, path) => {
        mkdirSync(path);
      },
      /directory/,
    ],
    [
      "a pipe",
      (_, path) => {
        execFileSync("mkfifo", [path]);
      },
      /pipe/,
    ],
    [
      "in a directory that is not there",
      (directory) => {
        execFileSync("rmdir", [directory]);
      },
      /directory does not exist/,
    ],
  ];
  it.each(traps)("that is %s is refused before and at writing", async (_, set, because) => {
    const directory = join(privateDirectory(), "in");
    mkdirSync(directory);
    const path = join(directory, "scan.xml");
    set(directory, path);
    for (const problem of [await outputs.check(path), await outputs.write(path, bytes)]) {
      expect(problem).toMatchObject({ code: "output-refused" });
      expect(problem?.message).toMatch(because);
    }
    const other = join(directory, "other");
    if (existsSync(other)) expect(readFileSync(other, "utf8")).toBe("precious");
    expect(existsSync(join(directory, "nowhere"))).toBe(false);
  });

  it("that is a device is refused", async () => {
    await expect(outputs.check("/dev/null")).resolves.toMatchObject({ code: "output-refused" });
    await expect(outputs.write("/dev/null", bytes)).resolves.toMatchObject({ code: "output-refused" });
  });

  it.runIf(process.geteuid?.() === 0)("on a full disk is told, not thrown", () => {
    const directory = privateDirectory();
    const script = `mount -t tmpfs -o size=64k none "$1" && exec "$2" --input-type=module -e "
      const { createOutputFiles } = await import(process.argv[1]);
      console.log(JSON.stringify(await createOutputFiles().write(process.argv[2], Buffer.alloc(200_000))));
    " "$3" "$1/scan.xml"`;
    const module = join(import.meta.dirname, "../../src/session/outputs.ts");
    const answer = execFileSync("unshare", ["-m", "sh", "-c", script, "sh", directory, process.execPath, module], {
      encoding: "utf8",
    });
    expect(JSON.parse(answer)).toMatchObject({
      code: "output-refused",
      message: expect.stringContaining("disk is full") as string,
    });
  });

  it("has a hostile name escaped in what is said about it", async () => {
    const problem = await outputs.check("/nonexistent/\u001b[2Jscan\u202e.xml");
    expect(problem?.message).toContain("\\u{1b}[2Jscan\\u{202e}.xml");
  });
});

describe.runIf(process.geteuid?.() === 0)("an output file under sudo", () => {
  const nobody = { name: "nobody", uid: 65534, gid: 65534 };

  it("belongs to the requester", async () => {
    const directory = privateDirectory();
    chownSync(directory, nobody.uid, nobody.gid);
    const path = join(directory, "scan.xml");
    const outputs = createOutputFiles(nobody);
    await expect(outputs.check(path)).resolves.toBeUndefined();
    await expect(outputs.write(path, bytes)).resolves.toBeUndefined();
    expect(statSync(path)).toMatchObject({ uid: nobody.uid, gid: nobody.gid });
    expect([process.geteuid?.(), process.getegid?.()]).toEqual([0, 0]);
  });

  it("is refused where root may write and the requester may not", async () => {
    const directory = privateDirectory();
    chmodSync(directory, 0o755);
    const outputs = createOutputFiles(nobody);
    const groups = process.getgroups?.();
    const path = join(directory, "scan.xml");
    for (const problem of [await outputs.check(path), await outputs.write(path, bytes)]) {
      expect(problem).toMatchObject({
        code: "output-refused",
        message: expect.stringContaining("permission denied") as string,
      });
    }
    writeFileSync(path, "root's");
    await expect(outputs.check(path)).resolves.toMatchObject({ code: "output-refused" });
    await expect(outputs.write(path, bytes)).resolves.toMatchObject({ code: "output-refused" });
    expect(readFileSync(path, "utf8")).toBe("root's");
    expect(process.getgroups?.()).toEqual(groups);
  });
});
