// What checks.py asks of an open page. Evaluated in a world of its own; gives an object of functions, each of which gives a list
// of what is wrong, as texts.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // How a person would name an element: its tag, id or class, and the beginning of its text.
  const name = (element) => {
    const tag = element.tagName.toLowerCase();
    const kind = element.getAttribute("class");
    const mark = element.id ? `#${element.id}` : kind ? `.${kind.trim().replace(/\s+/g, ".")}` : "";
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `${tag}${mark}` + (text ? ` "${text}"` : "");
  };

  // What the browser has put off drawing until it is scrolled to counts too.
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });

  const openFolds = (open) => {
    for (const fold of all("details")) fold.open = open;
    return [];
  };

  // All of it drawn now, also what the browser would put off.
  const drawAll = () => {
    const style = document.head.appendChild(document.createElement("style"));
    style.textContent = "body * { content-visibility: visible !important }";
    return [];
  };

  // For those who see it, not for those who hear it.
  const clipped = (element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return style.position === "absolute" && box.width <= 2 && box.height <= 2;
  };

  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);

  const width = () => document.documentElement.clientWidth;

  const sideways = (wanted) => {
    const problems = [];
    const page = document.scrollingElement;
    if (!page) return ["the page has no element that scrolls"];
    if (width() !== wanted) problems.push(`the page is laid out for ${width()} px on a screen of ${wanted}`);
    if (page.scrollWidth > width()) problems.push(`the page is ${page.scrollWidth} px wide in ${width()} px`);
    return problems;
  };

  // What lies beyond the right edge, unless in a box that scrolls: hidden overflow is lost, not fitted.
  const beyond = () => {
    const problems = [];
    const visit = (element) => {
      if (!shown(element)) return;
      const box = element.getBoundingClientRect();
      if (box.right > width() + 1 && box.width > 0 && !clipped(element)) {
        problems.push(`${name(element)} reaches to ${Math.round(box.right)} of ${width()} px`);
        return;
      }
      if (element !== document.body && scrolls(element)) return;
      if (element.tagName.toLowerCase() === "svg") return;
      for (const child of element.children) visit(child);
    };
    visit(document.body);
    return problems;
  };

  // Paper does not scroll.
  const lostOnPaper = () =>
    all("body *")
      .filter((element) => shown(element) && getComputedStyle(element).overflowX !== "visible" && !clipped(element))
      .filter((element) => !element.closest("svg") && element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${name(element)} is ${element.scrollWidth} px wide in a box of ${element.clientWidth} px`);

  const ids = () => {
    const seen = new Map();
    for (const element of all("[id]")) seen.set(element.id, (seen.get(element.id) || 0) + 1);
    return [...seen].filter(([, times]) => times > 1).map(([id, times]) => `id "${id}" is there ${times} times`);
  };

  const links = () =>
    all("a[href]")
      .filter((link) => link.getAttribute("href").startsWith("#"))
      .filter((link) => !document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1))))
      .map((link) => `${name(link)} leads to ${link.getAttribute("href")}, which is not there`);

  // What an attribute of ids refers to: labels, headers, patterns.
  const references = () => {
    const problems = [];
    for (const attribute of ["aria-labelledby", "aria-describedby", "headers", "for"]) {
      for (const element of all(`[${attribute}]`)) {
        for (const id of element.getAttribute(attribute).split(/\s+/).filter(Boolean)) {
          if (!document.getElementById(id)) problems.push(`${attribute} of ${name(element)} names #${id}, which is not there`);
        }
      }
    }
    for (const element of all("svg *")) {
      for (const { value } of element.attributes) {
        const id = /url\(["']?#([^"')]+)/.exec(value)?.[1];
        if (id && !document.getElementById(id)) problems.push(`${name(element)} uses #${id}, which is not there`);
      }
    }
    return problems;
  };

  const accessible = (svg) => {
    const labels = (svg.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    const label = labels.map((id) => document.getElementById(id)?.textContent.trim() || "").join(" ").trim();
    return label || (svg.getAttribute("aria-label") || "").trim();
  };

  const nameless = () =>
    all("svg")
      .filter((svg) => !svg.parentElement.closest("svg") && !svg.closest("[aria-hidden=true]"))
      .filter((svg) => !accessible(svg) || svg.getAttribute("role") !== "img")
      .map((svg) => `${name(svg)} has no accessible name, or is not role="img"`);

  const words = () => {
    const wrong = /\b(?:NaN|undefined|Infinity|inf)\b|\bnull\b(?! hypothesis)|\[object |\bSome\(|\bError\(/g;
    return [...new Set(document.body.textContent.match(wrong) || [])].map((word) => `"${word}" stands in the text`);
  };

  const empty = () =>
    all("h1, h2, h3, h4, h5, h6, summary, caption, figcaption, th, a, li, p, dt")
      .filter((element) => !element.textContent.trim() && !element.querySelector("svg, img"))
      .filter((element) => element.tagName !== "TH" || element.closest("thead") === null || element.cellIndex !== 0)
      .map((element) => `${name(element)} is empty: ${element.outerHTML.slice(0, 80)}`);

  const inside = (inner, outer, slack) =>
    inner.left >= outer.left - slack &&
    inner.right <= outer.right + slack &&
    inner.top >= outer.top - slack &&
    inner.bottom <= outer.bottom + slack;

  // Texts of a plot that are cut off at its edge, or lie on each other.
  const plotTexts = () => {
    const problems = [];
    for (const svg of all("svg")) {
      if (!shown(svg)) continue;
      const edge = svg.getBoundingClientRect();
      const texts = all("text", svg)
        .filter((text) => shown(text) && text.textContent.trim())
        .map((text) => [text, text.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0);
      const whose = (text) => `"${text.textContent.trim().slice(0, 30)}" in ${(accessible(svg) || name(svg)).slice(0, 80)}`;
      for (const [text, box] of texts) if (!inside(box, edge, 1)) problems.push(`cut off: ${whose(text)}`);
      for (let one = 0; one < texts.length; one += 1) {
        for (let other = one + 1; other < texts.length; other += 1) {
          const [a, b] = [texts[one][1], texts[other][1]];
          const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          // The box of a text is higher than its letters.
          if (across > 1 && down > 0.4 * Math.min(a.height, b.height)) {
            problems.push(`"${texts[other][0].textContent.trim().slice(0, 30)}" lies on ${whose(texts[one][0])}`);
          }
        }
      }
    }
    return problems;
  };

  // Letters of plots that are smaller than people read them.
  const LEAST_LETTERS = 11;
  const plotLetters = () => {
    const small = new Set();
    for (const svg of all("svg[viewBox]").filter(shown)) {
      const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      for (const text of all("text", svg)) {
        const size = scale * parseFloat(getComputedStyle(text).fontSize);
        if (size > 0 && size < LEAST_LETTERS - 0.05) small.add(`letters of ${size.toFixed(1)} px in ${accessible(svg).slice(0, 80)}`);
      }
    }
    return [...small];
  };

  // A table that goes on beyond the edge of its box says so by a shade.
  const unhinted = () =>
    all("table")
      .map((table) => table.parentElement)
      .filter((box) => shown(box) && scrolls(box) && box.scrollWidth > box.clientWidth + 1)
      .filter((box) => !/local/.test(getComputedStyle(box).backgroundAttachment))
      .map((box) => `nothing says that ${name(box)} can be scrolled`);

  // What is not seen and would be in what somebody copies.
  const invisible = () => (/[\u200b\u200c\u2060\ufeff\u00ad]/.test(document.body.innerText) ? ["the text has characters that are not seen"] : []);

  // Short words of a table that are broken in the middle, for want of room; the first rows speak for all.
  const brokenWords = () => {
    const broken = new Set();
    const top = (node, at) => {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return range.getBoundingClientRect().top;
    };
    for (const cell of all("table").flatMap((table) => all("th, td", table).slice(0, 300))) {
      if (!shown(cell)) continue;
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const node = texts.currentNode;
        for (const word of node.data.matchAll(/(?<![\p{L}\p{N}_.])[\p{L}\p{N}_.]{2,16}(?![\p{L}\p{N}_.])/gu)) {
          // Scripts without spaces may be broken anywhere, and so must be what has none and is longer than such a word.
          if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word[0])) continue;
          const before = node.data.slice(0, word.index).match(/\S*$/)[0], after = node.data.slice(word.index).match(/^\S*/)[0];
          if (before.length + after.length > 16) continue;
          const [first, last] = [top(node, word.index), top(node, word.index + word[0].length - 1)];
          if (Math.abs(first - last) > 2) broken.add(word[0]);
        }
      }
    }
    return [...broken].map((word) => `"${word}" is broken in the middle`);
  };

  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  // Any colour that CSS can say, over another: red, green, blue.
  const paint = (color, opacity, under) => {
    canvas.globalAlpha = 1;
    canvas.fillStyle = `rgb(${under.join(" ")})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.globalAlpha = opacity;
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    const dark = /dark/.test(scheme) && matchMedia("(prefers-color-scheme: dark)").matches;
    return layers.reduce((under, color) => paint(color, 1, under), dark ? [18, 18, 18] : [255, 255, 255]);
  };
  const opacity = (element, until) => {
    let product = 1;
    for (let at = element; at && at !== until; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
    return product;
  };

  // Texts of a plot against what is under it; axe knows the colour of letters in HTML only.
  const plotContrast = () => {
    const problems = new Set();
    for (const svg of all("svg")) {
      if (!shown(svg)) continue;
      const under = ground(svg.parentElement);
      for (const text of all("text", svg)) {
        if (!shown(text) || !text.textContent.trim()) continue;
        const style = getComputedStyle(text);
        const seen = paint(style.fill, opacity(text, svg) * Number(style.fillOpacity), under);
        const found = contrast(seen, under);
        if (found < 4.5) problems.add(`text.${text.getAttribute("class") || ""} has a contrast of ${found.toFixed(2)}, below 4.5`);
      }
    }
    return [...problems];
  };

  const paper = () => {
    const found = ground(document.body);
    return luminance(found) < 0.9 ? [`the page's ground is rgb(${found}) in print: that is not paper`] : [];
  };

  const policy = () => {
    const found = document.querySelector("head > meta[http-equiv='Content-Security-Policy' i]");
    if (!found) return ["the page has no Content-Security-Policy"];
    return /default-src\s+'none'/.test(found.content) ? [] : [`its policy is not default-src 'none': ${found.content}`];
  };

  const heading = () => {
    const problems = [];
    if (all("h1").length !== 1) problems.push(`the page has ${all("h1").length} h1`);
    let level = 0;
    for (const element of all("h1, h2, h3, h4, h5, h6")) {
      const found = Number(element.tagName[1]);
      if (found > level + 1) problems.push(`${name(element)} follows a heading of level ${level}`);
      level = found;
    }
    if (!document.title.trim()) problems.push("the page has no title");
    if (document.compatMode !== "CSS1Compat") problems.push("the page is in quirks mode");
    return problems;
  };

  // Rows of every table, as texts, under what their columns are called.
  const tables = () =>
    all("table").map((table) => ({
      caption: (table.caption?.textContent || "").trim(),
      columns: all("thead th", table).map((cell) => cell.textContent.trim()),
      rows: all("tbody tr", table).map((row) => [...row.cells].map((cell) => cell.textContent.trim())),
    }));

  // Rows and items that differ from an earlier one in their words alone. What axe says of one it would say of all.
  const alike = () => {
    const seen = new Set();
    const form = (element) => {
      const parts = [...element.children].map(form).join();
      return `${element.tagName}.${element.className}${element.textContent.trim() ? "" : " empty"}(${parts})`;
    };
    return all("tbody tr, li").filter((one) => {
      const key = form(one) + one.parentElement.parentElement.parentElement.className;
      return seen.has(key) || !seen.add(key);
    });
  };

  // Of a plot axe sees no more than its name, which `nameless` sees too; there would be thousands of elements to look at.
  const axeFaults = async (rules) => {
    for (const svg of all("svg")) svg.replaceChildren(...all(":scope > title, :scope > desc", svg));
    // Left out of its rules they would still take minutes: it looks at where every element of the page lies. They come back.
    const away = alike().map((element) => [element, document.createComment("")]);
    for (const [element, place] of away) element.replaceWith(place);
    const how = { resultTypes: ["violations"], preload: false, iframes: false };
    const found = await axe.run(document, rules ? { ...how, runOnly: { type: "rule", values: rules } } : how);
    for (const [element, place] of away.reverse()) place.replaceWith(element);
    return found.violations
      .filter((one) => ["serious", "critical"].includes(one.impact))
      .map((one) => `${one.id} (${one.impact}), ${one.nodes.length} times: ${one.help}; ${one.nodes[0].target.join(" ")}; ` +
        `${one.nodes[0].failureSummary.replace(/\s+/g, " ").slice(0, 240)}`);
  };

  return {
    sideways, beyond, lostOnPaper, ids, links, references, nameless, words, empty, plotTexts, plotLetters, unhinted, invisible, plotContrast, paper, policy, heading,
    tables, axeFaults, name, brokenWords, openFolds, drawAll,
  };
})()
