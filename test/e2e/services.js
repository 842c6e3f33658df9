// What listens in answering-network.sh: something like a web server, something like an SSH server.
import { createServer } from "node:net";

const web = createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", () =>
    socket.end("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nConnection: close\r\n\r\n<title>lab</title>\n"),
  );
});
const ssh = createServer((socket) => {
  socket.on("error", () => {});
  socket.end("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
});
web.listen(80, "::", () => ssh.listen(22, "::", () => process.stdout.write("ready\n")));
// Nobody needs it for longer, whatever became of those who started it.
setTimeout(() => process.exit(0), 60_000);
