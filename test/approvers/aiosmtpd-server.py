# A mail server that shares no code with our client: Debian's aiosmtpd, which insists on STARTTLS and on a password.
# Usage: aiosmtpd-server.py CERTIFICATE KEY; says "port N", then every mail as one line of JSON.
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "content": envelope.content.decode("utf-8"),
                "tls": session.ssl is not None, "user": session.auth_data}
        print(json.dumps(mail), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data.login == b"jit-nmap" and data.password == b"a long secret"
    return AuthResult(success=right, handled=right, auth_data="jit-nmap" if right else None)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    def smtp():
        return SMTP(Handler(), require_starttls=True, tls_context=context, authenticator=authenticate,
                    auth_required=True, auth_require_tls=True, hostname="localhost", loop=asyncio.get_running_loop())
    server = await asyncio.get_running_loop().create_server(smtp, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
