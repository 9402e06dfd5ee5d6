// Chinese text for the answer parsers: traditional characters in their simplified form, and numerals.

// The characters that short answers and questions about images are made of; both sides of a comparison go through the same table.
const pairs =
  '沒没無无圖图對对錯错見见確确認认該该應应當当實实嗎吗張张這这裡里裏里隻只個个貓猫問问題题並并為为來来現现發发說说話话會会過过還还後后從从電电車车馬马鳥鸟魚鱼' +
  '兩两條条輛辆顆颗種种頭头龍龙龜龟雞鸡鴨鸭鵝鹅豬猪牠它們们麼么嘛吗請请謝谢讓让給给與与於于間间門门開开關关顏颜紅红綠绿藍蓝黃黄紫紫灰灰銀银' +
  '邊边遠远進进難难斷断別别視视覺觉樣样點点數数據据體体畫画面面螢荧幕幕書书筆笔紙纸燈灯樹树葉叶蘋苹爾尔處处廚厨廳厅臥卧園园場场橋桥島岛' +
  '長长高高寬宽輕轻重重顯显示示缺缺屬属於于僅仅單单雙双萬万億亿貳贰參叁陸陆壹壹從从剛刚卻却雖虽獨独絕绝極极徑径總总結结論论選选擇择項项' +
  '雲云雪雪風风陽阳飛飞機机船船艙舱鐘钟錶表鏡镜襯衬褲裤褲裤鞋鞋襪袜傘伞盤盘鍋锅麵面飯饭湯汤餅饼糖糖蘿萝蔔卜' +
  '兒儿歲岁媽妈爸爸親亲醫医師师學学員员國国華华語语詞词讀读寫写聽听術术業业產产務务動动靜静態态質质鬆松緊紧鬥斗' +
  '決决沖冲況况淨净涼凉減减凍冻燒烧熱热煙烟爐炉爺爷狀状獅狮瑪玛環环級级紋纹組组細细終终統统絲丝網网維维練练緣缘縣县' +
  '測测渾浑滅灭滿满漢汉漸渐濕湿灣湾觸触訴诉試试詳详誤误調调談谈證证識识護护豐丰貝贝負负財财貨货費费貼贴買买賣卖賽赛' +
  '幾几腳脚著着臺台裏里乾干時时東东愛爱備备畢毕幣币標标賓宾補补佈布參参殘残倉仓層层側侧嘗尝償偿廠厂徹彻塵尘陳陈稱称遲迟齡龄蟲虫醜丑傳传創创純纯辭辞聰聪叢丛達达帶带擔担膽胆導导敵敌遞递釣钓頂顶訂订頓顿額额惡恶餓饿罰罚範范訪访紡纺墳坟奮奋憤愤瘋疯縫缝鳳凤膚肤輔辅撫抚婦妇復复蓋盖趕赶鋼钢' +
  '綱纲崗岗給给貢贡鉤钩溝沟構构購购夠够顧顾掛挂觀观館馆貫贯廣广歸归軌轨櫃柜貴贵滾滚號号賀贺橫横轟轰鬍胡劃划懷怀壞坏歡欢換换揮挥輝辉匯汇繪绘夥伙獲获積积擊击績绩跡迹際际繼继紀纪計计記记價价駕驾堅坚監监艦舰撿捡檢检簡简劍剑薦荐賤贱濺溅將将講讲獎奖漿浆醬酱膠胶驕骄嬌娇攪搅繳缴較较轎轿階阶' +
  '節节潔洁傑杰屆届錦锦進进勁劲盡尽經经驚惊鯨鲸競竞糾纠舊旧舉举劇剧鋸锯懼惧捲卷軍军凱凯殼壳課课墾垦懇恳誇夸塊块礦矿擴扩闊阔臘腊蠟蜡賴赖欄栏攔拦籃篮爛烂覽览懶懒濫滥撈捞勞劳樂乐壘垒類类淚泪籬篱離离禮礼麗丽厲厉勵励歷历曆历倆俩聯联蓮莲連连憐怜簾帘戀恋煉炼糧粮諒谅療疗獵猎鄰邻臨临鱗鳞靈灵' +
  '鈴铃領领劉刘樓楼籠笼蘆芦魯鲁錄录驢驴鋁铝屢屡慮虑濾滤亂乱輪轮倫伦羅罗邏逻鑼锣籮箩騾骡駱骆絡络碼码螞蚂罵骂邁迈饅馒貿贸夢梦彌弥謎谜綿绵廟庙鳴鸣銘铭謀谋畝亩納纳腦脑惱恼鬧闹內内擬拟膩腻釀酿寧宁檸柠鈕钮紐纽濃浓農农諾诺歐欧鷗鸥毆殴嘔呕龐庞賠赔噴喷鵬鹏騙骗飄飘頻频貧贫評评憑凭潑泼頗颇撲扑' +
  '鋪铺樸朴譜谱齊齐騎骑豈岂啟启棄弃氣气牽牵鉛铅遷迁簽签謙谦錢钱鉗钳潛潜淺浅槍枪牆墙薔蔷強强搶抢喬乔僑侨竅窍竊窃傾倾頃顷慶庆窮穷趨趋區区軀躯驅驱權权勸劝饒饶擾扰繞绕榮荣絨绒軟软銳锐潤润灑洒薩萨喪丧騷骚掃扫澀涩殺杀紗纱篩筛曬晒閃闪傷伤賞赏紹绍攝摄設设紳绅審审嬸婶滲渗聲声繩绳勝胜聖圣詩诗' +
  '蝕蚀駛驶勢势適适釋释飾饰壽寿獸兽樞枢輸输豎竖帥帅誰谁稅税順顺飼饲聳耸頌颂誦诵蘇苏肅肃隨随孫孙損损筍笋縮缩鎖锁攤摊貪贪灘滩壇坛嘆叹燙烫濤涛討讨騰腾屜屉鐵铁銅铜塗涂團团頹颓蛻蜕脫脱鴕鸵馱驮駝驼橢椭窪洼彎弯頑顽違违圍围葦苇偉伟偽伪謂谓衛卫溫温聞闻穩稳蝸蜗渦涡窩窝烏乌誣诬吳吴塢坞霧雾錫锡' +
  '犧牺襲袭習习戲戏蝦虾峽峡俠侠狹狭廈厦嚇吓鮮鲜纖纤鹹咸賢贤銜衔閒闲險险獻献餡馅羨羡憲宪線线廂厢鑲镶鄉乡響响蕭萧銷销曉晓嘯啸協协攜携脅胁諧谐興兴鏽锈繡绣虛虚須须許许敘叙緒绪續续軒轩懸悬絢绚詢询尋寻馴驯訓训訊讯壓压鴉鸦啞哑亞亚訝讶鹽盐嚴严豔艳厭厌驗验鴦鸯楊杨揚扬癢痒養养搖摇遙遥窯窑謠谣' +
  '藥药頁页遺遗儀仪蟻蚁藝艺憶忆義义議议異异陰阴飲饮隱隐櫻樱嬰婴鷹鹰營营蠅蝇贏赢擁拥踴踊湧涌優优憂忧郵邮猶犹遊游誘诱漁渔娛娱嶼屿獄狱譽誉預预鴛鸳淵渊圓圆願愿約约躍跃鑰钥悅悦閱阅勻匀運运暈晕韻韵雜杂災灾載载暫暂贊赞髒脏棗枣責责則则澤泽賊贼贈赠紮扎債债氈毡盞盏斬斩嶄崭棧栈戰战漲涨帳帐賬账' +
  '脹胀趙赵針针偵侦鎮镇陣阵掙挣睜睁爭争幀帧織织職职執执幟帜眾众軸轴皺皱晝昼驟骤諸诸燭烛矚瞩築筑駐驻專专磚砖轉转賺赚樁桩裝装妝妆壯壮墜坠準准濁浊資资蹤踪綜综縱纵鑽钻機机極极鍵键鎚锤鏟铲鑊镬驅驱髮发鬃鬃鬱郁籌筹籤签緬缅騁骋鶴鹤鴿鸽鵲鹊鵡鹉鸚鹦鶯莺鱷鳄鯊鲨鰻鳗鯉鲤蟬蝉蠍蝎蝟猬貍狸豹豹駿骏' +
  '駒驹';
const simplified = new Map<string, string>();
const characters = [...pairs];
for (let i = 0; i + 1 < characters.length; i += 2) simplified.set(characters[i] as string, characters[i + 1] as string);

/** The text with the traditional characters of the table above in their simplified form; every other character stays. */
export function toSimplified(text: string): string {
  return text.replace(/\p{Script=Han}/gu, (char) => simplified.get(char) ?? char);
}

const digits = new Map([...'零一二三四五六七八九'].map((char, i) => [char, i]));
for (const [char, value] of [...'〇0两2俩2仨3壹1贰2叁3肆4伍5陆6柒7捌8玖9'].reduce<[string, number][]>((out, char, i, all) => {
  if (i % 2 === 0) out.push([char, Number(all[i + 1])]);
  return out;
}, []))
  digits.set(char, value);
const units = new Map([
  ['十', 10],
  ['拾', 10],
  ['百', 100],
  ['佰', 100],
  ['千', 1000],
  ['仟', 1000],
  ['万', 10_000],
  ['亿', 100_000_000],
]);

/** Characters of Chinese numerals, for patterns. */
export const NUMERALS = `${[...digits.keys()].join('')}${[...units.keys()].join('')}`;

/** The value of a Chinese numeral such as 十二, 一百零五 or 两千, simplified; undefined for anything else. */
export function chineseNumber(text: string): number | undefined {
  const [whole = '', fraction, ...more] = text.split('点');
  if (more.length || !whole) return undefined;
  const places = fraction === undefined ? [] : [...fraction].map((char) => digits.get(char));
  if (fraction === '' || places.includes(undefined)) return undefined;
  const integer = wholeNumber(whole);
  return integer === undefined ? undefined : Number(`${integer}${places.length ? `.${places.join('')}` : ''}`);
}

function wholeNumber(text: string): number | undefined {
  const chars = [...text];
  // A row of digits: 二零二四.
  if (chars.length > 1 && chars.every((char) => digits.has(char))) return Number(chars.map((char) => digits.get(char)).join(''));
  let [total, section, digit] = [0, 0, undefined as number | undefined];
  for (const char of chars) {
    const value = digits.get(char);
    const unit = units.get(char);
    if (value !== undefined) {
      if (digit !== undefined && digit !== 0) return undefined;
      digit = value;
    } else if (unit === undefined) return undefined;
    else if (unit >= 10_000) {
      total = (total + section + (digit ?? 0)) * unit;
      [section, digit] = [0, undefined];
    } else {
      section += (digit || 1) * unit;
      digit = undefined;
    }
  }
  return chars.length ? total + section + (digit ?? 0) : undefined;
}
