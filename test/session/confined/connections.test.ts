import { expect, it } from "vitest";
import { readConnections } from "../../../src/session/confined/connections.ts";

it("connections are read as ss takes them, and whose they are", () => {
  // As a kernel of x86-64 prints them: an orphan, an IPv6 connection, and one of IPv4 in IPv6's words.
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0101630A:D3C8 0201630A:1F90 04 000AE489:00000000 04:00000054 00000000 1900000462        1 0 2 0000000077385904 21 0 0 100 -1
`;
  const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 010099FD000000000000000001000000:0050 010099FD000000000000000002000000:C350 01 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 20 4 30 10 -1
   1: 0000000000000000FFFF00000101630A:0016 0000000000000000FFFF00000201630A:D431 01 00000000:00000000 00:00000000 00000000 65534        0 12 1 0000000000000000 20 4 30 10 -1
`;
  expect(readConnections(tcp)).toEqual([
    { local: "10.99.1.1:54216", remote: "10.99.1.2:8080", uid: 1_900_000_462, inode: 0 },
  ]);
  expect(readConnections(tcp6)).toEqual([
    { local: "[fd99:1::1]:80", remote: "[fd99:1::2]:50000", uid: 0, inode: 4711 },
    { local: "[::ffff:10.99.1.1]:22", remote: "[::ffff:10.99.1.2]:54321", uid: 65_534, inode: 12 },
  ]);
  expect(readConnections("")).toEqual([]);
});
