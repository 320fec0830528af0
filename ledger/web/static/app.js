/* Keys, and what a page does while it waits. Everything that reads works without this file. */
(function () {
  "use strict";
  var places = { h: "home", u: "upload", e: "explore", r: "review", f: "factors", a: "ai", p: "reports" };
  var waiting = false;
  function inField(target) {
    return target.closest("input, textarea, select, [contenteditable]");
  }
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
    if (event.key === "/") {
      var search = document.querySelector("main input[type=search]") || document.getElementById("period");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (waiting && places[event.key]) {
      var link = document.querySelector('.places a[data-key="' + places[event.key] + '"]');
      if (link) link.click();
      waiting = false;
    } else {
      waiting = event.key === "g";
    }
  });
  /* A form that was sent is not sent twice. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    form.querySelectorAll("button").forEach(function (button) { button.setAttribute("aria-disabled", "true"); });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach(function (button) { button.removeAttribute("aria-disabled"); });
    });
  });
  /* A file may be dropped on a place that takes one; how much of it has gone is told. */
  document.querySelectorAll("[data-drop]").forEach(function (place) {
    var input = place.querySelector("input[type=file]");
    ["dragover", "dragenter"].forEach(function (name) {
      place.addEventListener(name, function (event) { event.preventDefault(); place.classList.add("over"); });
    });
    ["dragleave", "drop"].forEach(function (name) {
      place.addEventListener(name, function () { place.classList.remove("over"); });
    });
    place.addEventListener("drop", function (event) {
      event.preventDefault();
      if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; input.dispatchEvent(new Event("change", { bubbles: true })); }
    });
  });
  /* A fault is a page too: it takes the place of the one that sent what was wrong. */
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status >= 400) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  document.body.addEventListener("htmx:xhr:progress", function (event) {
    var bar = event.target.querySelector("progress");
    if (bar && event.detail.lengthComputable) { bar.hidden = false; bar.max = event.detail.total; bar.value = event.detail.loaded; }
  });
})();
