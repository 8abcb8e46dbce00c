// The data of the page, plain or packed: large ones are compressed. No network.
const pageData = (async () => {
  "use strict";
  const element = document.getElementById("data");
  if (element.type === "application/json") return JSON.parse(element.textContent);
  const bytes = Uint8Array.from(atob(element.textContent), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
})();
pageData.catch((error) => console.error(error));
