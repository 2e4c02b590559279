; Installs the folder that PyInstaller made. Compile with:  makensis dist\windows\posclient.nsi
Unicode true
!include "MUI2.nsh"
!define NAME "posclient"
!define VERSION "@VERSION@"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"

Name "${NAME}"
OutFile "${NAME}-${VERSION}-setup.exe"
InstallDir "$PROGRAMFILES64\${NAME}"
InstallDirRegKey HKLM "Software\${NAME}" "folder"
RequestExecutionLevel admin
SetCompressor /SOLID lzma

!define MUI_ICON "posclient.ico"
!define MUI_UNICON "posclient.ico"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "SimpChinese"
!insertmacro MUI_LANGUAGE "English"

Section "posclient"
  SetRegView 64
  ; an update leaves no file of the older version behind; what the till recorded is not in this folder
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "..\posclient\*"
  File "posclient.ico"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\posclientw.exe" "run" "$INSTDIR\posclient.ico"
  WriteRegStr HKLM "Software\${NAME}" "folder" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" "$INSTDIR\posclient.ico"
  WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
SectionEnd

Section "Uninstall"
  SetRegView 64
  ; only what was installed: the data folder of a till is never touched
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\posclient.exe"
  Delete "$INSTDIR\posclientw.exe"
  Delete "$INSTDIR\posclient.ico"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey HKLM "${UNINSTALL}"
  DeleteRegKey HKLM "Software\${NAME}"
SectionEnd
