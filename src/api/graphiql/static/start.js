/* Starts GraphiQL on this very address. Nothing here calls any other server. */
"use strict";

const TOTALS = `# 全国の集計 / National totals
#
# ▶ か Ctrl-Enter で実行します。選挙などのコードは下の Variables にあります。
# ▶ or Ctrl-Enter runs it. The codes of election, contest, … are under Variables below.
#
# 公表された集計にトークンは要りません。訂正履歴や入力には Headers に
# {"Authorization": "Bearer トークン"} を入れます。
# Published totals need no token. For histories and for entering figures put
# {"Authorization": "Bearer TOKEN"} under Headers.
query NationalTotals(
  $election: String!, $contest: String!, $form: String!, $slot: String!, $geography: String!, $areas: [String!]
) {
  election(code: $election) {
    label { ja en }
    isTest # 模擬・訓練なら true / true: a simulation or a drill, never a live result
    asOfPosition # この答えの台帳位置 / ledger position of this answer
    contest(code: $contest) {
      label { ja en }
      totals(form: $form, slot: $slot, geography: $geography, areas: $areas, first: 100) {
        layer # 公表された値か、入力された値か / released, or as entered
        nodes {
          name
          item
          choice
          value # null は未報告。0 とは違います / null: nobody has reported, which is not 0
          reported # 報告済みの単位の数 / units that reported …
          expected # … 全体の数 / … of so many
        }
      }
    }
  }
}
`;

const ELECTIONS = `# どの選挙、様式、回、選挙区があるか / Which elections, forms, slots and contests there are
query Elections {
  elections(first: 20) {
    nodes {
      code
      label { ja en }
      pollingDate
      isTest
      geographies
      items { code label { ja } kind unit }
      forms { code label { ja } slots { code label { ja } public } }
    }
  }
}
`;

const CHANGES = `# 集計が動くたびに知らせます(WebSocket) / Tells whenever totals move (WebSocket)
subscription Changes($election: String!) {
  totalsChanged(election: $election) {
    asOfPosition
    more
    changed { geography level area contest item }
  }
}
`;

const FIRST = `{ elections(first: 1) { nodes { code
  forms { code slots { code public } } contests { code geography area } } } }`;

const ENDPOINT = location.pathname;

async function post(body) {
  const answer = await fetch(ENDPOINT, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Reporting": "1" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

/** Variables for the national totals of the latest election; placeholders while there is none. */
async function variables() {
  const found = { election: "…", contest: "…", form: "…", slot: "…", geography: "…", areas: ["…"] };
  try {
    const election = (await post({ query: FIRST })).data.elections.nodes[0];
    if (!election) return found;
    found.election = election.code;
    for (const form of election.forms)
      for (const slot of form.slots)
        if (slot.public) Object.assign(found, { form: form.code, slot: slot.code });
    const contest = election.contests[0];
    if (contest)
      Object.assign(found, { contest: contest.code, geography: contest.geography, areas: [contest.area] });
  } catch (failure) {
    console.warn("no election to begin with", failure);
  }
  return found;
}

/** Headers without an Authorization that holds no token: the server refuses an empty one. */
function filled(headers) {
  const kept = Object.entries(headers || {}).filter(
    ([name, value]) => name.toLowerCase() !== "authorization" || !/^\s*bearer\s*$/i.test(value),
  );
  return { "X-Reporting": "1", ...Object.fromEntries(kept) };
}

/** The browser's storage, except that no header, and so no token, ever goes there (nor with the history). */
const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (name) => localStorage.getItem(name),
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
  setItem(name, value) {
    if (/:(tabState|queries|favorites)$/.test(name)) localStorage.setItem(name, withoutHeaders(value));
    else if (!name.endsWith(":headers")) localStorage.setItem(name, value);
  },
};

function withoutHeaders(json) {
  return JSON.stringify(JSON.parse(json), (key, value) => (key === "headers" ? null : value));
}

function fetcher() {
  const send = GraphiQL.createFetcher({
    url: ENDPOINT,
    subscriptionUrl: location.origin.replace(/^http/, "ws") + ENDPOINT,
    enableIncrementalDelivery: false,
  });
  return (parameters, options) => send(parameters, { ...options, headers: filled(options && options.headers) });
}

/** What the address asks to show: a page of the console links to the query behind it. Null: nothing. */
function asked() {
  const told = new URLSearchParams(location.search);
  return told.has("query") ? { query: told.get("query"), variables: told.get("variables") || "" } : null;
}

/** A storage that forgets: a query shown for once must not take the place of somebody's own tabs. */
function forgetful(kept) {
  return {
    get length() {
      return kept.size;
    },
    getItem: (name) => kept.get(name) ?? null,
    removeItem: (name) => kept.delete(name),
    clear: () => kept.clear(),
    setItem: (name, value) => kept.set(name, value),
  };
}

async function start() {
  const given = await variables();
  const codes = JSON.stringify(given, null, 2);
  if (!storage.getItem("graphiql:tabState")) storage.setItem("graphiql:variables", codes); // of the first tab
  const headers = '{\n  "Authorization": "Bearer "\n}';
  const tabs = [
    { query: TOTALS, variables: codes, headers },
    { query: ELECTIONS, headers },
    { query: CHANGES, variables: JSON.stringify({ election: given.election }, null, 2), headers },
  ];
  const shown = asked();
  const page = React.createElement(GraphiQL, {
    fetcher: fetcher(),
    storage: shown ? forgetful(new Map([["graphiql:variables", shown.variables]])) : storage,
    defaultTabs: shown ? [{ ...shown, headers }] : tabs,
    defaultQuery: "# 新しい問い合わせ / A new query\n",
    defaultHeaders: headers,
    defaultEditorToolsVisibility: "variables",
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false, // a token must not stay in the browser
    showPersistHeadersSettings: false,
  });
  ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
}

start();
