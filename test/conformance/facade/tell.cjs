// The client that the suite starts: tells the tests which server it is to talk to, and waits.
const [port, url] = process.argv.slice(2);
void fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: url }).then(async (answer) => {
  process.stdout.write(await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
});
