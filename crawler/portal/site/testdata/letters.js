{page:{pageNo:1,totalCount:9,totalPages:2,pageSize:6,},result:[
{letterType:'3',letterTypeName:'投诉',letterTitle:'渡口路路灯不亮',showLetterTitle:'渡口路路灯不亮',writeDate:'2026-11-20',orgNames:'',showOrgNames:'',originalId:'AH26112000001'},
{letterType:'1',letterTypeName:'咨询',letterTitle:'咨询"老年卡"怎么\u8865办',showLetterTitle:'咨询...',writeDate:'2026-11-18',orgNames:'临河镇民政所',showOrgNames:'临河镇民政所',originalId:'AH26111800002'},
{letterType:"2",letterTypeName:"建议",letterTitle:"建议延长9路，可否叫'新医院'线",writeDate:"2026-11-10",orgNames:null,originalId:"AH26111000003"},
{letterType:'2',letterTypeName:'建议',letterTitle:'it's 一个没有转义的引号',writeDate:'2026-11-09',originalId:'AH26110900004'},
{letterType:'9',letterTypeName:'其他',letterTitle:'没有地址的一类',writeDate:'2026-11-08',originalId:'AH26110800005'}]}
