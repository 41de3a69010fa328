"use strict";
const list = document.getElementById("cards");
const search = document.getElementById("search");
const total = document.getElementById("count");
const none = document.getElementById("none");

/** Show the cards that have all words of the search. */
function sift() {
  const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of list.children) {
    // The key of an encrypted page is behind the "#", and opens the apps too.
    card.firstElementChild.hash = location.hash.split("?")[0];
    const text = card.textContent.toLocaleLowerCase();
    card.hidden = !words.every((word) => text.includes(word));
    shown += card.hidden ? 0 : 1;
  }
  none.hidden = shown > 0 || list.children.length === 0;
}

/** Take in only the cards that changed, so that what has the focus keeps it. */
function take(news) {
  const fresh = document.createElement("template");
  fresh.innerHTML = news.cards;
  const known = new Map([...list.children].map((card) => [card.dataset.name, card]));
  const wanted = [...fresh.content.children].map((card) => {
    const old = known.get(card.dataset.name);
    if (old === undefined) return card;
    const inside = card.firstElementChild;
    // A card that is sifted out has an attribute of its own, so what is inside is compared.
    if (old.firstElementChild.innerHTML !== inside.innerHTML) old.firstElementChild.innerHTML = inside.innerHTML;
    return old;
  });
  for (const card of known.values()) if (!wanted.includes(card)) card.remove();
  wanted.forEach((card, place) => {
    if (list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
  });
  total.textContent = news.count;
  search.hidden = !news.search;
  if (search.hidden) search.value = "";
  sift();
}

search.addEventListener("input", sift);
search.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || search.value === "") return;
  search.value = "";
  sift();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || search.hidden || event.target === search) return;
  event.preventDefault();
  search.focus();
});
new EventSource("_gallery/news").addEventListener("message", (event) => take(JSON.parse(event.data)));
sift(); // a browser that comes back keeps what was typed
