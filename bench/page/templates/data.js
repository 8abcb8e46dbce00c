// The data of the page, plain or packed: large ones are compressed. No network. They are unpacked once
// the page has been shown: tables, links and the filter do not wait for them.
const shown = new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
const pageData = shown.then(async () => {
  "use strict";
  const element = document.getElementById("data");
  if (element.type === "application/json") return JSON.parse(element.textContent);
  const text = atob(element.textContent);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
});
pageData.catch((error) => console.error(error));

// The chart library: executed when the first chart is wanted, at the latest when the browser is idle.
let libraryAsked = null;
function chartLibrary() {
  "use strict";
  const element = document.getElementById("library");
  if (window.vegaEmbed || !element) return null;
  libraryAsked ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    if (element.src) {
      Object.assign(script, { src: element.src, onload: done, onerror: () => failed(new Error(`${element.src} is missing`)) });
      document.head.append(script);
    } else {
      script.textContent = element.textContent;
      document.head.append(script);
      done();
    }
  });
  return libraryAsked;
}
