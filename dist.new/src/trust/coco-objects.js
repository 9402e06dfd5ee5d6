// The 80 object categories of COCO with the names that people and models call them by, in English and Chinese.
/** Category: other English names | Chinese names. */
const table = `
person: man, woman, boy, girl, child, kid, baby, toddler, infant, people, adult, lady, gentleman, guy, teenager, human, individual, pedestrian, passenger, driver, rider, cyclist, bicyclist, biker, motorcyclist, skier, snowboarder, surfer, skateboarder, skater, swimmer, player, athlete, batter, catcher, pitcher, umpire, officer, policeman, cop, soldier, worker, chef, cook, baker, waiter, waitress, bride, groom, mother, father, sister, brother, son, daughter, husband, wife, couple, male, female, fireman, firefighter, farmer, fisherman, student, teacher, doctor, nurse, customer, shopper, diner, tourist, traveler, spectator, onlooker, bystander, cowboy, jockey, hiker, camper, runner, jogger, walker, performer, musician, singer, visitor, villager, coach, teammate, commuter, businessman, businesswoman, crew member, grandmother, grandfather, beachgoer, hunter | 人, 男人, 女人, 男子, 女子, 男孩, 女孩, 小孩, 孩子, 儿童, 婴儿, 行人, 乘客, 司机, 工人, 厨师, 球员, 选手, 老人, 男士, 女士, 人们
bicycle: bike, cycle, pushbike, tricycle | 自行车, 单车, 脚踏车
car: automobile, sedan, suv, van, minivan, taxi, cab, taxicab, jeep, hatchback, limousine, limo, coupe, convertible, station wagon, police car, race car | 汽车, 轿车, 小汽车, 出租车, 计程车, 面包车
motorcycle: motorbike, motor bike, motor cycle, moped, scooter, motor scooter, dirt bike | 摩托车, 机车
airplane: plane, aeroplane, aircraft, jet, jetliner, airliner, biplane, fighter jet, passenger jet, seaplane | 飞机, 客机
bus: minibus, school bus, double-decker, double-decker bus, tour bus, trolley, trolleybus | 公交车, 公共汽车, 巴士, 公车
train: locomotive, train car, tram, streetcar, subway train, passenger train, freight train, steam engine | 火车, 列车, 电车, 地铁列车
truck: lorry, pickup, pickup truck, fire truck, firetruck, dump truck, semi-truck, tow truck, food truck | 卡车, 货车
boat: ship, sailboat, rowboat, speedboat, motorboat, canoe, kayak, yacht, ferry, dinghy, raft, barge, vessel, cruise ship, fishing boat, gondola, catamaran, tugboat | 船, 小船, 帆船, 轮船, 游艇, 渔船
traffic light: traffic signal, stoplight, stop light, streetlight, street light, traffic lamp | 红绿灯, 交通灯, 信号灯
fire hydrant: hydrant | 消防栓
stop sign: | 停车标志, 停止标志
parking meter: | 停车计时器, 咪表
bench: pew, park bench | 长椅, 长凳
bird: pigeon, seagull, gull, duck, goose, swan, sparrow, parrot, owl, eagle, hawk, falcon, crow, raven, robin, heron, pelican, flamingo, ostrich, peacock, chicken, rooster, hen, turkey, hummingbird, woodpecker, finch, penguin, parakeet, cockatoo, macaw, vulture, stork, seabird, songbird, duckling | 鸟, 小鸟, 鸽子, 海鸥, 鸭子, 天鹅, 麻雀, 鹦鹉, 猫头鹰
cat: kitten, kitty, feline, tabby | 猫, 小猫
dog: puppy, pup, canine, hound, poodle, terrier, labrador, retriever, golden retriever, bulldog, beagle, chihuahua, dachshund, collie, corgi, husky, pug, spaniel, german shepherd, sheepdog, doggy | 狗, 小狗, 犬
horse: pony, foal, mare, stallion, colt, racehorse, mustang | 马, 小马
sheep: lamb, ewe, goat, ram | 羊, 绵羊, 山羊, 羊羔
cow: cattle, bull, calf, ox, heifer, buffalo, bison, steer, dairy cow | 牛, 奶牛, 母牛, 公牛, 水牛
elephant: baby elephant | 大象, 象
bear: polar bear, grizzly, grizzly bear, brown bear, black bear, panda, panda bear, bear cub | 熊, 北极熊, 熊猫
zebra: | 斑马
giraffe: | 长颈鹿
backpack: rucksack, knapsack | 背包, 双肩包
umbrella: parasol | 雨伞, 伞, 遮阳伞
handbag: purse, briefcase, wallet, tote, tote bag, clutch | 手提包, 手袋, 钱包
tie: necktie, bow tie, bowtie | 领带, 领结
suitcase: luggage, suit case | 行李箱, 手提箱, 行李
frisbee: flying disc | 飞盘
skis: ski | 滑雪板
snowboard: | 单板滑雪板, 滑雪单板
sports ball: ball, football, soccer ball, basketball, tennis ball, volleyball, rugby ball | 球, 足球, 篮球, 网球, 排球
kite: | 风筝
baseball bat: bat | 棒球棒, 球棒
baseball glove: baseball mitt, catcher's mitt | 棒球手套
skateboard: longboard | 滑板
surfboard: surf board, paddleboard, wakeboard, bodyboard, boogie board | 冲浪板
tennis racket: racket, racquet, tennis racquet | 网球拍, 球拍
bottle: | 瓶子, 瓶, 水瓶, 酒瓶
wine glass: wineglass, goblet, champagne glass, wine goblet | 酒杯, 红酒杯, 高脚杯
cup: mug, teacup, coffee cup, tea cup, coffee mug, paper cup | 杯子, 茶杯, 咖啡杯, 马克杯
fork: | 叉子, 餐叉
knife: pocketknife, butter knife, kitchen knife | 刀, 小刀, 餐刀
spoon: tablespoon, teaspoon | 勺子, 汤匙, 勺
bowl: | 碗
banana: | 香蕉
apple: | 苹果
sandwich: burger, hamburger, cheeseburger, sub | 三明治, 汉堡
orange: | 橙子, 橘子
broccoli: | 西兰花, 花椰菜
carrot: baby carrot | 胡萝卜
hot dog: hotdog, corn dog | 热狗
pizza: | 披萨, 比萨
donut: doughnut, bagel | 甜甜圈
cake: cupcake, cheesecake, birthday cake, pancake, wedding cake | 蛋糕
chair: seat, stool, armchair, barstool, bar stool, rocking chair, office chair, folding chair, lawn chair | 椅子, 凳子, 座椅
couch: sofa, loveseat, settee, recliner, futon | 沙发
potted plant: houseplant, house plant, flowerpot, flower pot, plant pot | 盆栽
bed: bunk bed | 床
dining table: table, desk, coffee table, kitchen table, picnic table, end table, countertop table | 桌子, 餐桌, 书桌, 桌
toilet: urinal, commode, toilet bowl, toilet seat | 马桶, 坐便器, 小便池
tv: television, television set, monitor, tv screen, flat screen tv, flat-screen tv, computer monitor, television screen | 电视, 电视机, 显示器
laptop: laptop computer, notebook computer, macbook, netbook, computer | 笔记本电脑, 手提电脑, 电脑
mouse: computer mouse | 鼠标
remote: remote control, remote controller, tv remote, game controller, wii remote, wiimote | 遥控器, 游戏手柄
keyboard: computer keyboard | 键盘
cell phone: cellphone, mobile phone, phone, smartphone, smart phone, telephone, iphone | 手机, 电话
microwave: microwave oven | 微波炉
oven: stove, stovetop, cooker, kitchen stove, stove top | 烤箱, 炉灶, 炉子
toaster: toaster oven | 烤面包机
sink: washbasin, wash basin, basin | 水槽, 洗手池, 水池, 洗手盆
refrigerator: fridge, freezer | 冰箱, 冰柜
book: notebook, textbook, paperback, novel | 书, 书本, 书籍
clock: clock tower, clock face, alarm clock, wall clock | 钟, 时钟, 闹钟, 挂钟
vase: | 花瓶
scissors: pair of scissors, shears | 剪刀
teddy bear: teddy, teddybear, stuffed bear, toy bear | 泰迪熊, 玩具熊
hair drier: hair dryer, hairdryer, blow dryer | 吹风机, 电吹风
toothbrush: tooth brush | 牙刷`;
const names = (list) => (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
const animals = new Set('bird cat dog horse sheep cow elephant bear zebra giraffe'.split(' '));
/** The categories under their official names. */
export const cocoObjects = table
    .trim()
    .split('\n')
    .map((line) => {
    const at = line.indexOf(':');
    const id = line.slice(0, at);
    const [en, zh] = line.slice(at + 1).split('|');
    // A baby elephant is no baby.
    const young = animals.has(id) ? [`baby ${id}`, `adult ${id}`].filter((name) => !en?.includes(name)) : [];
    return { id, en: [id, ...names(en), ...young], zh: names(zh) };
});
/** Phrases that hold the name of an object and mean something else. */
export const cocoOther = names('home plate, license plate, train track, train station, bus stop, bus station, bus shelter, car park, dog house, doghouse, dog park, cat food, ' +
    'dog food, bird house, birdhouse, bird feeder, tennis court, baseball field, soccer field, toilet paper, toilet tank, toilet lid, bed sheet, ' +
    'bedspread, bedroom, table cloth, tablecloth, table lamp, desk lamp, book shelf, bookshelf, bookcase, book case, orange juice, apple juice, ' +
    'apple tree, orange tree, banana tree, phone booth, sea horse, seahorse, horse racing, ski lift, ski slope, ski resort, ski pole, ski boot, ' +
    'ski jacket, ski gear, ski suit, ski goggles, knife block, cup holder, mickey mouse, couple of, orange in color, bright orange, orange color, ' +
    'car seat, wine rack, bottle cap, bike rack, bicycle rack, bike lane, bike path, bicycle lane, bike helmet, bicycle helmet, bus lane, ' +
    'cake stand, cake pan, pizza box, pizza pan, pizza cutter, pizza oven, remote area, remote location, book store, bookstore, ' +
    '人行道, 人物, 机器人, 马路, 斑马线, 牛仔, 牛仔裤, 牛奶, 羊毛, 象棋, 书包, 书架, 书柜, 书店, 床单, 床头, 狗窝, 狗屋, 猫粮, 狗粮, 鸟巢, 球场, ' +
    '足球场, 篮球场, 网球场, 地球, 气球, 雪球, 全球, 星球, 火车站, 车站, 公交站, 停车场, 钟楼, 分钟, 点钟, 刀叉, 碗柜, 桌布, 桌面, 瓶盖, 对象, 现象, ' +
    '印象, 景象, 抽象, 形象, 气象, 大象征').filter((phrase) => !cocoObjects.some(({ en, zh }) => en?.includes(phrase) || zh?.includes(phrase)));
//# sourceMappingURL=coco-objects.js.map