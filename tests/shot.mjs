import { chromium } from "playwright-core";
const b = await chromium.launch({executablePath:"/usr/bin/chromium",args:["--headless=new","--no-sandbox","--disable-gpu"]});
const url="http://127.0.0.1:4978/";
async function shot(name,w,h,scheme,locale,qs,extra){
  const c=await b.newContext({viewport:{width:w,height:h},colorScheme:scheme,locale,reducedMotion:"reduce"});
  const p=await c.newPage(); p.on("console",m=>console.log(name,m.text())); p.on("pageerror",e=>console.log(name,String(e)));
  await p.goto(url); await p.locator(".bot").first().waitFor();
  let n=1; for(const q of qs){ await p.fill("#text",q); await p.keyboard.press("Enter"); await p.locator(".bot").nth(n++).waitFor(); }
  await p.waitForTimeout(300);
  if(extra) await extra(p);
  await p.screenshot({path:`/tmp/pg/${name}.png`});
  await c.close();
}
const q=["milloin seinäjoella tavataan"], k=["kuka on Kokkolan yhteyshenkilö"];
await shot("d-light",1280,800,"light","fi-FI",q);
await shot("d-dark",1280,800,"dark","sv-FI",["när träffas ni i Vasa"]);
await shot("p390",390,780,"light","fi-FI",k);
await shot("p390dark",390,780,"dark","en-GB",["contact in Tampere"]);
await shot("p320",320,640,"light","sv-FI",["kontaktperson i Vasa"]);
await shot("low380",390,380,"light","fi-FI",k);
await shot("low380dark",320,380,"dark","fi-FI",k);
await shot("low256",320,256,"light","fi-FI",k);
await shot("long390",390,780,"light","fi-FI",k,async p=>{await p.fill("#text","kissa ".repeat(300));});
await shot("longlow",390,380,"dark","fi-FI",k,async p=>{await p.fill("#text","kissa ".repeat(300));});
await shot("acc",390,780,"light","fi-FI",[],async p=>{await p.click("#accessibility");await p.waitForTimeout(300)});
await shot("print",800,1000,"dark","fi-FI",[...q,...k,"mikä on Taikusydän"],async p=>{await p.pdf({path:"/tmp/pg/print.pdf",format:"A4"});await p.emulateMedia({media:"print"});await p.screenshot({path:"/tmp/pg/printfull.png",fullPage:true});});
await b.close();
