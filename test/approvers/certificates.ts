// Certificates of a test's own, made by openssl: an authority, and a server's certificate that it has signed.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificates {
  readonly folder: string;
  /** Of the authority. */
  readonly ca: string;
  readonly key: string;
  readonly certificate: string;
  remove(): void;
}

/** @param name  whom the certificate is for: `IP:127.0.0.1`, `DNS:example.org`. */
export function makeCertificates(name = "IP:127.0.0.1,DNS:localhost"): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "jit-nmap-certificates-"));
  const at = (file: string): string => join(folder, file);
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...key, "-subj", "/CN=test authority", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...key, "-subj", "/CN=test server", "-keyout", "server.key", "-out", "server.csr");
  writeFileSync(at("names"), `subjectAltName=${name}\n`);
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  openssl("x509", "-req", "-in", "server.csr", ...signing, "-out", "server.pem");
  return {
    folder,
    ca: at("ca.pem"),
    key: at("server.key"),
    certificate: at("server.pem"),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
