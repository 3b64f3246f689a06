/** The style sheet of every page. */
export const STYLE = `
:root{color-scheme:light dark;--line:#8884;--accent:#e6522c}
body{margin:0;font:14px/1.45 system-ui,sans-serif}
header{display:flex;gap:1.5em;align-items:baseline;padding:.7em 1.2em;border-bottom:1px solid var(--line)}
header strong{color:var(--accent)}nav{display:flex;flex-wrap:wrap;gap:1em}
a{color:inherit}nav a{text-decoration:none;opacity:.75}nav a.here{opacity:1;border-bottom:2px solid var(--accent)}
main{padding:1.2em;max-width:1400px;margin:auto}
table{border-collapse:collapse;width:100%}td,th{padding:.35em .6em;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
code{background:#8882;border-radius:3px;padding:0 .3em;font-size:12px;overflow-wrap:anywhere}
pre{overflow:auto;margin:.2em 0}textarea{width:100%;font:13px ui-monospace,monospace;padding:.5em;box-sizing:border-box}
.bar{display:flex;gap:1em;align-items:center;margin:.5em 0}small{opacity:.6;font-weight:400}
.up{color:#1a7f37}.down,.error{color:#cf222e}.unknown{color:#9a6700}.error{font-size:12px}svg{width:100%;height:360px}
td.value{text-align:right;font-family:ui-monospace,monospace}
`;

/** Runs queries through the HTTP API: a table of the result, or a line graph. */
export const QUERY_SCRIPT = String.raw`
const $=(id)=>document.getElementById(id);
const esc=(s)=>String(s).replace(/[&<>"]/g,(c)=>({"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;"})[c]);
const tab=()=>document.querySelector("input[name=tab]:checked").value;
const name=(m)=>{const {__name__:n="",...l}=m;return n+"{"+Object.entries(l).map(([k,v])=>k+'="'+v+'"').join(", ")+"}"};
const call=async(path,params)=>{
  const r=await fetch(PREFIX+"/api/v1/"+path,{method:"POST",body:new URLSearchParams(params)});
  const j=await r.json();
  if(j.status!=="success")throw new Error(j.errorType+": "+j.error);
  return j;
};
const table=(data)=>{
  if(data.resultType==="scalar"||data.resultType==="string")
    return "<table><tr><td>"+data.resultType+"</td><td class=value>"+esc(data.result[1])+"</td></tr></table>";
  if(data.result.length===0)return "<p>Empty query result</p>";
  return "<table>"+data.result.map((s)=>"<tr><td><code>"+esc(name(s.metric))+"</code></td><td class=value>"+
    (s.value?esc(s.value[1]):s.values.map(([t,v])=>esc(v)+" @"+t).join("<br>"))+"</td></tr>").join("")+"</table>";
};
const colors=["#e6522c","#1f77b4","#2ca02c","#9467bd","#8c564b","#e377c2","#7f7f7f","#bcbd22","#17becf"];
const graph=(data,start,end)=>{
  if(data.result.length===0)return "<p>Empty query result</p>";
  const W=1000,H=360,L=60,B=24;let lo=Infinity,hi=-Infinity;
  for(const s of data.result)for(const [,v] of s.values){const n=Number(v);if(isFinite(n)){lo=Math.min(lo,n);hi=Math.max(hi,n)}}
  if(!isFinite(lo)){lo=0;hi=1}if(lo===hi){lo-=1;hi+=1}
  const x=(t)=>L+(t-start)/(end-start)*(W-L-10),y=(v)=>H-B-(v-lo)/(hi-lo)*(H-B-10);
  let out="";
  for(let i=0;i<=4;i++){const v=lo+(hi-lo)*i/4;out+='<line x1="'+L+'" x2="'+W+'" y1="'+y(v)+'" y2="'+y(v)+'" stroke="#8884"/><text x="4" y="'+(y(v)+4)+'" font-size="11" fill="currentColor">'+Number(v.toPrecision(4))+"</text>"}
  for(let i=0;i<=4;i++){const t=start+(end-start)*i/4;out+='<text x="'+(x(t)-20)+'" y="'+(H-6)+'" font-size="11" fill="currentColor">'+new Date(t*1000).toLocaleTimeString()+"</text>"}
  data.result.forEach((s,i)=>{let d="",last=null;const step=(end-start)/250;
    for(const [t,v] of s.values){if(!isFinite(v)){last=null;continue}d+=(last!==null&&t-last<=step*1.5?"L":"M")+x(t).toFixed(1)+" "+y(Number(v)).toFixed(1);last=t}
    out+='<path d="'+d+'" fill="none" stroke="'+colors[i%colors.length]+'" stroke-width="1.6"><title>'+esc(name(s.metric))+"</title></path>"});
  return '<svg viewBox="0 0 '+W+" "+H+'" preserveAspectRatio="none">'+out+"</svg>"+
    data.result.map((s,i)=>'<div><span style="color:'+colors[i%colors.length]+'">━</span> <code>'+esc(name(s.metric))+"</code></div>").join("");
};
const run=async()=>{
  const query=$("expr").value.trim();if(!query)return;
  history.replaceState(null,"","?"+new URLSearchParams({"g0.expr":query,"g0.tab":tab()}));
  $("message").textContent="";
  try{
    if(tab()==="table"){const j=await call("query",{query});note(j);$("result").innerHTML=table(j.data);return}
    const now=(await call("query",{query:"time()"})).data.result[1],end=Number(now),start=end-Number($("range").value);
    const j=await call("query_range",{query,start,end,step:(end-start)/250});note(j);$("result").innerHTML=graph(j.data,start,end);
  }catch(e){$("message").textContent=e.message;$("message").className="error";$("result").innerHTML=""}
};
const note=(j)=>{$("message").className="unknown";$("message").textContent=[...(j.warnings||[]),...(j.infos||[])].join(" ")};
$("form").onsubmit=(e)=>{e.preventDefault();run()};
$("expr").onkeydown=(e)=>{if(e.key==="Enter"&&!e.shiftKey){e.preventDefault();run()}};
document.querySelectorAll("input[name=tab],#range").forEach((i)=>i.onchange=run);
$("metrics").onchange=(e)=>{if(e.target.value){$("expr").value=e.target.value;run()}};
fetch(PREFIX+"/api/v1/label/__name__/values").then((r)=>r.json()).then((j)=>{for(const n of j.data||[])$("metrics").append(new Option(n,n))});
const params=new URLSearchParams(location.search);
if(params.get("g0.expr")){$("expr").value=params.get("g0.expr");if(/graph|0/.test(params.get("g0.tab")||""))document.querySelector("input[value=graph]").checked=true;run()}
`;
